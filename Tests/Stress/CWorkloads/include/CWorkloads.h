// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef CWORKLOADS_H
#define CWORKLOADS_H

#include <stdint.h>

/// The bytes that malloc has handed out and not got back, of all its arenas; 0 where the C library
/// does not say.
uint64_t workloads_malloc_in_use(void);

#endif
