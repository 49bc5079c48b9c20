// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef ASYNCIO_NAMES_H
#define ASYNCIO_NAMES_H

#include <stdbool.h>

#pragma clang assume_nonnull begin

// Names of hosts with letters beyond ASCII, by libidn2: RFC 5890 and its kin, as browsers use it (UTS 46, nontransitional). NULL if the
// name, in UTF-8, stands for none. The result is to be freed.
char *_Nullable asyncio_name_to_ascii(const char *name);

// Whether names of different owners lie below a name, in lower case: `co.uk`. By libpsl, with the list that the system has.
bool asyncio_name_is_public_suffix(const char *name);

#pragma clang assume_nonnull end

#endif
