// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CNames.h"

#include <idn2.h>
#include <stddef.h>

char *asyncio_name_to_ascii(const char *name) {
  char *result = NULL;
  int code = idn2_to_ascii_8z(name, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  return code == IDN2_OK ? result : NULL;
}
