// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE

#include "CCurl.h"

#include <stdlib.h>

const char *ccurl_environment(const char *name) { return secure_getenv(name); }
