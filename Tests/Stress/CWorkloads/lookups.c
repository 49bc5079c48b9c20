// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Stands in front of the system's getaddrinfo(3): counts the calls, and answers for names that end in ".slow" after a
// second, that there are none.

#define _GNU_SOURCE
#include "CWorkloads.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int calls;

int asyncio_lookup_calls(void) { return atomic_load(&calls); }

typedef int (*lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
  atomic_fetch_add(&calls, 1);
  size_t length = name ? strlen(name) : 0;
  if (length > 5 && strcmp(name + length - 5, ".slow") == 0) {
    sleep(1);
    return EAI_NONAME;
  }
  return ((lookup)dlsym(RTLD_NEXT, "getaddrinfo"))(name, service, hints, result);
}
