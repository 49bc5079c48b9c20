// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef CASYNCIO_H
#define CASYNCIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/// The event loop that runs on this thread, or null. Swift has no thread-local variables of its own.
/// The model makes reading it one instruction in place of a call: the library is part of the program,
/// or loaded with it.
extern _Thread_local void *_Nullable asyncio_thread_loop __attribute__((tls_model("initial-exec")));

static inline void *_Nullable asyncio_get_thread_loop(void) { return asyncio_thread_loop; }
static inline void asyncio_set_thread_loop(void *_Nullable loop) { asyncio_thread_loop = loop; }

/// epoll_pwait2(2): a wait with a timeout in nanoseconds; a negative one waits for ever. Falls back
/// to epoll_wait(2), rounding up to milliseconds, on kernels older than 5.11.
int asyncio_epoll_wait(int epoll_fd, struct epoll_event *_Nonnull events, int capacity,
                       int64_t timeout_nanoseconds);

/// Starts to note deliveries of `signal_number`: the handler adds one to a pending mask and writes
/// to `wake_fd`. When `ends_process` is set, a second delivery ends the process at once with status
/// 128 + signal. Returns 0 or an errno.
int asyncio_signal_watch(int signal_number, int wake_fd, bool ends_process);

/// Restores what was in force before `asyncio_signal_watch`.
void asyncio_signal_unwatch(int signal_number);

/// Takes and clears the set of signals that arrived: bit n - 1 is signal n.
uint64_t asyncio_signal_take_pending(void);

/// The kernel's id of the calling thread, gettid(2).
int asyncio_gettid(void);

/// A new eventfd(2), non-blocking and closed on exec; -1 and errno on failure.
int asyncio_eventfd(void);

/// How many processors the process may run on, sched_getaffinity(2).
int asyncio_usable_processors(void);

/// Tells the processor that this is a loop that waits.
static inline void asyncio_relax_processor(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Names the calling thread; at most 15 bytes count.
void asyncio_set_thread_name(const char *_Nonnull name);

/// What a thread does that is in the system call of this number.
enum asyncio_call {
  ASYNCIO_CALL_OTHER,
  /// A wait for another thread; its fourth argument is a timeout or null.
  ASYNCIO_CALL_FUTEX,
  /// A wait for a signal: how a main thread that has handed over to dispatch waits.
  ASYNCIO_CALL_SIGSUSPEND,
  /// A wait for descriptors; its first argument is the epoll, its fourth the timeout.
  ASYNCIO_CALL_EPOLL,
};
enum asyncio_call asyncio_classify_call(long call_number);

#endif
