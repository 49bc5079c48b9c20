// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef CWORKLOADS_H
#define CWORKLOADS_H

#include <stdint.h>

/// The bytes that malloc has handed out and not got back, of all its arenas; 0 where the C library
/// does not say.
uint64_t workloads_malloc_in_use(void);

/// Has the kernel refuse io_uring to this process from now on, as the sandboxes of containers do: seccomp(2).
/// 0, or an errno.
int workloads_forbid_io_uring(void);

/// How often getaddrinfo(3) was called in this process.
int asyncio_lookup_calls(void);

#endif
