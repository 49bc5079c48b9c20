// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local void *asyncio_thread_loop = NULL;

// Whether the kernel lacks epoll_pwait2: found out once, on the first call.
static atomic_bool lacks_epoll_pwait2 = false;

int asyncio_epoll_wait(int epoll_fd, struct epoll_event *events, int capacity,
                       int64_t timeout_nanoseconds) {
#ifdef SYS_epoll_pwait2
  if (!atomic_load_explicit(&lacks_epoll_pwait2, memory_order_relaxed)) {
    struct timespec timeout = {.tv_sec = timeout_nanoseconds / 1000000000,
                               .tv_nsec = timeout_nanoseconds % 1000000000};
    long count = syscall(SYS_epoll_pwait2, epoll_fd, events, capacity,
                         timeout_nanoseconds < 0 ? NULL : &timeout, NULL, 0);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)count;
    atomic_store_explicit(&lacks_epoll_pwait2, true, memory_order_relaxed);
  }
#endif
  int milliseconds = -1;
  if (timeout_nanoseconds >= 0) {
    int64_t rounded = timeout_nanoseconds / 1000000 + (timeout_nanoseconds % 1000000 != 0);
    milliseconds = rounded > 86400000 ? 86400000 : (int)rounded;
  }
  return epoll_wait(epoll_fd, events, capacity, milliseconds);
}

enum { SIGNAL_COUNT = 64 };

static struct sigaction previous_actions[SIGNAL_COUNT + 1];
static atomic_uint_fast64_t pending_signals;
static atomic_uint_fast64_t delivered_once;
static atomic_uint_fast64_t ending_signals;

// The descriptors that wake the loops on which somebody listens.
enum { WAKE_CAPACITY = 64 };
static atomic_int wake_fds[WAKE_CAPACITY];  // The descriptor plus one: 0 is a free place.

// Handlers under way, on whatever thread.
static atomic_int handlers;

// Only async-signal-safe calls here (signal-safety(7)): atomics, write and _exit.
static void note_signal(int number) {
  int saved_errno = errno;
  uint64_t bit = UINT64_C(1) << (number - 1);
  uint64_t ending = atomic_load(&ending_signals);
  if (ending & bit) {
    // A second signal of either kind ends the process: who presses Ctrl-C twice means it.
    if (atomic_fetch_or(&delivered_once, bit) & ending) {
      asyncio_kill_children();
      _exit(128 + number);
    }
  }
  atomic_fetch_or(&pending_signals, bit);
  uint64_t one = 1;
  atomic_fetch_add(&handlers, 1);
  for (int index = 0; index < WAKE_CAPACITY; index++) {
    int fd = atomic_load(&wake_fds[index]) - 1;
    if (fd < 0) continue;
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
  }
  atomic_fetch_sub(&handlers, 1);
  errno = saved_errno;
}

void asyncio_signal_add_wake(int fd) {
  for (int index = 0; index < WAKE_CAPACITY; index++) {
    int expected = 0;
    if (atomic_compare_exchange_strong(&wake_fds[index], &expected, fd + 1)) return;
  }
}

void asyncio_signal_remove_wake(int fd) {
  for (int index = 0; index < WAKE_CAPACITY; index++) {
    int expected = fd + 1;
    if (!atomic_compare_exchange_strong(&wake_fds[index], &expected, 0)) continue;
    // A handler on another thread may have read the descriptor, which is about to be closed.
    while (atomic_load(&handlers) > 0) sched_yield();
    return;
  }
}

void asyncio_signal_set_ending(uint64_t signals) {
  uint64_t before = atomic_exchange(&ending_signals, signals);
  // Who begins to watch counts from the beginning.
  atomic_fetch_and(&delivered_once, before & signals);
}

int asyncio_signal_watch(int number) {
  if (number < 1 || number > SIGNAL_COUNT) return EINVAL;
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(number, &action, &previous_actions[number]) != 0) return errno;
  // A parent that blocks signals in its threads hands that down to the processes it starts.
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, number);
  return pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
}

void asyncio_signal_unwatch(int number) {
  if (number < 1 || number > SIGNAL_COUNT) return;
  sigaction(number, &previous_actions[number], NULL);
  atomic_fetch_and(&pending_signals, ~(UINT64_C(1) << (number - 1)));
}

bool asyncio_signals_pending(void) {
  return atomic_load_explicit(&pending_signals, memory_order_relaxed) != 0;
}

uint64_t asyncio_signal_take_pending(void) {
  return atomic_exchange(&pending_signals, 0);
}

int asyncio_gettid(void) { return (int)syscall(SYS_gettid); }

int asyncio_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void asyncio_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

enum asyncio_call asyncio_classify_call(long call_number) {
  if (call_number == SYS_futex) return ASYNCIO_CALL_FUTEX;
  if (call_number == SYS_rt_sigsuspend) return ASYNCIO_CALL_SIGSUSPEND;
#ifdef SYS_epoll_wait
  if (call_number == SYS_epoll_wait) return ASYNCIO_CALL_EPOLL;
#endif
  if (call_number == SYS_epoll_pwait) return ASYNCIO_CALL_EPOLL;
  return ASYNCIO_CALL_OTHER;
}

int asyncio_usable_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

const char *asyncio_signal_name(int number) { return sigabbrev_np(number); }
