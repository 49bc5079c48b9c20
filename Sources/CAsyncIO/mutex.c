// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// futex(2), and what Ulrich Drepper's "Futexes Are Tricky" makes of it in its second attempt.

void asyncio_mutex_wait(uint32_t *mutex) {
  int error = errno;
  // Whoever has waited does not know whether others still do, and takes the mutex as if they did.
  while (__atomic_exchange_n(mutex, ASYNCIO_MUTEX_CONTENDED, __ATOMIC_ACQUIRE) != ASYNCIO_MUTEX_FREE) {
    syscall(SYS_futex, mutex, FUTEX_WAIT_PRIVATE, ASYNCIO_MUTEX_CONTENDED, NULL, NULL, 0);
  }
  errno = error;
}

void asyncio_mutex_wake(uint32_t *mutex) {
  int error = errno;
  // The mutex may be gone by now, and its memory be something else: then somebody there looks once for nothing.
  syscall(SYS_futex, mutex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  errno = error;
}
