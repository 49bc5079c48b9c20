// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// For LD_PRELOAD: the look-up of a name that ends in ".slow" takes a minute, and then finds nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  size_t length = name ? strlen(name) : 0;
  if (length > 5 && strcmp(name + length - 5, ".slow") == 0) {
    sleep(60);
    return EAI_NONAME;
  }
  look_up *next = (look_up *)dlsym(RTLD_NEXT, "getaddrinfo");
  return next(name, service, hints, result);
}
