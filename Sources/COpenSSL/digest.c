// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "COpenSSL.h"

#include <openssl/sha.h>

void asyncio_sha1(const void *bytes, size_t count, unsigned char *digest) { SHA1(bytes, count, digest); }
