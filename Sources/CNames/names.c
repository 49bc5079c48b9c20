// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CNames.h"

#include <idn2.h>
#include <libpsl.h>
#include <stddef.h>
#include <string.h>

char *asyncio_name_to_ascii(const char *name) {
  char *result = NULL;
  int code = idn2_to_ascii_8z(name, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  return code == IDN2_OK ? result : NULL;
}

bool asyncio_name_is_public_suffix(const char *name) {
  const psl_ctx_t *list = psl_builtin();
  // Without a list, a name of one label is taken for one.
  return list ? psl_is_public_suffix2(list, name, PSL_TYPE_ANY) != 0 : strchr(name, '.') == NULL;
}
