// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef CASYNCIO_H
#define CASYNCIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "CAsyncIORing.h"

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

/// Starts to note deliveries of `signal_number`: the handler adds it to a pending mask and writes to all
/// wake-up descriptors. Returns 0 or an errno. Does nothing when that is so already.
int asyncio_signal_watch(int signal_number);

/// Lets a signal reach the calling thread: a parent, or other code, may have blocked it.
void asyncio_signal_unblock(int signal_number);

/// Puts the handler back where other code (libdispatch) has installed one of its own since, which is called behind it
/// from then on. Whether that was so.
bool asyncio_signal_reassert(int signal_number);

/// The signals (bit n - 1 is signal n) behind whose handler another is called.
uint64_t asyncio_signal_forwarded(void);

/// Has a reader of signals, signalfd(2), which reads those of `mask`, read a real-time signal in place of `signal_number`:
/// otherwise it is a matter of luck whether the handler or the reader gets one. The other handler is called with the
/// real-time signal from then on, and sends that to the reader, as libdispatch's does. Whether it could be done.
bool asyncio_signal_redirect(int descriptor, uint64_t mask, int signal_number);
/// Undoes that.
void asyncio_signal_redirect_back(int descriptor, uint64_t mask, int signal_number);
/// The real-time signal that stands for another; 0 if none does.
int asyncio_signal_stand_in(int signal_number);

/// The descriptors that the handler writes to.
void asyncio_signal_add_wake(int descriptor);
void asyncio_signal_remove_wake(int descriptor);

/// The signals (bit n - 1 is signal n) of which a second delivery ends the process at once, with status
/// 128 + signal.
void asyncio_signal_set_ending(uint64_t signals);

/// The first of the ending signals that has come and was not handed on to other code; 0 if none has.
int asyncio_signal_of_program(void);

/// A program begins or ends: none has come for it.
void asyncio_signal_forget_program(void);

/// Takes the ending signals (bit n - 1 is signal n) that were handed on to the handler of other code.
uint64_t asyncio_signal_take_handed_on(void);

/// Has an ending signal count as one for the program after all.
void asyncio_signal_take_back(int signal_number);

/// Ends a wait of the watch thread; async-signal-safe.
void asyncio_watch_post(void);
/// How often that was done.
uint32_t asyncio_watch_word(void);
/// Waits until it was done more often than `seen`, or the time is up; a negative one waits for ever.
void asyncio_watch_wait(uint32_t seen, int64_t timeout_nanoseconds);

/// Whether other code takes the jobs of the process's default executor.
bool asyncio_runtime_has_executor_hook(void);

/// How many operations the running step may still do without letting others run.
extern _Thread_local int32_t asyncio_operation_budget __attribute__((tls_model("initial-exec")));

static inline bool asyncio_spend_operation(void) { return --asyncio_operation_budget < 0; }
static inline bool asyncio_operation_budget_is_spent(void) { return asyncio_operation_budget < 0; }
static inline void asyncio_set_operation_budget(int32_t count) { asyncio_operation_budget = count; }

/// Whether a signal arrived that was not taken yet.
bool asyncio_signals_pending(void);

/// Restores what was in force before `asyncio_signal_watch`.
void asyncio_signal_unwatch(int signal_number);

/// Takes and clears the set of signals that arrived: bit n - 1 is signal n.
uint64_t asyncio_signal_take_pending(void);

/// The kernel's id of the calling thread, gettid(2).
int asyncio_gettid(void);

/// A new eventfd(2), non-blocking and closed on exec; -1 and errno on failure.
int asyncio_eventfd(void);

/// pipe2(2), which needs _GNU_SOURCE.
int asyncio_pipe2(int ends[_Nonnull 2], int flags);

/// write(2) and writev(2) that leave no SIGPIPE behind: a pipe has no MSG_NOSIGNAL.
ssize_t asyncio_write_quietly(int descriptor, const void *_Nullable bytes, size_t count);
ssize_t asyncio_writev_quietly(int descriptor, const struct iovec *_Nullable pieces, int count);

/// The same file under a number above those of the standard descriptors; the old number is closed.
int asyncio_lift(int descriptor);

// Opens a path for reading that must not lead out of a directory, openat2(2); the descriptor, or minus an error number. Only what the
// system has in its memory, if asked to: else EAGAIN.
int asyncio_open_beneath(int directory, const char *_Nonnull path, bool only_cached);

/// accept4(2): the next connection, which does not block and is closed on exec.
int asyncio_accept(int descriptor);

/// sendfile(2): sends bytes of a file from `offset` on; the file's own position stays. Leaves no SIGPIPE
/// behind.
ssize_t asyncio_send_file(int descriptor, int file, int64_t offset, size_t count);

/// How many bytes can be read at once, FIONREAD in ioctl(2); -1 and errno on failure.
int asyncio_available_bytes(int descriptor);

/// As struct mmsghdr: one datagram of several, and its real length.
struct asyncio_datagram {
  struct msghdr header;
  unsigned int count;
};

/// recv(2) and send(2), which never block here and raise no signal; minus an error number on failure.
long asyncio_receive(int descriptor, void *_Nullable memory, size_t count);
long asyncio_send(int descriptor, const void *_Nullable memory, size_t count);

/// Drops bytes that have come, recv(2) with MSG_TRUNC; minus an error number on failure.
long asyncio_discard(int descriptor, size_t count);

/// How many bytes a TCP peer has not confirmed, SIOCOUTQ in tcp(7); 0 where that is not known.
int asyncio_unconfirmed_bytes(int descriptor);

/// Has the processor fetch what is about to be used.
static inline void asyncio_prefetch(const void *_Nullable memory) { __builtin_prefetch(memory); }

/// recvmmsg(2) and sendmmsg(2), which never block here.
int asyncio_receive_datagrams(int descriptor, struct asyncio_datagram *_Nonnull datagrams,
                              unsigned int capacity);
int asyncio_send_datagrams(int descriptor, struct asyncio_datagram *_Nonnull datagrams,
                           unsigned int count);

/// The name of a signal without its SIG, or null.
const char *_Nullable asyncio_signal_name(int signal_number);

/// SO_PEERCRED of a Unix domain socket, unix(7); -1 and errno on failure.
int asyncio_peer_credentials(int descriptor, int32_t *_Nonnull process, uint32_t *_Nonnull user,
                             uint32_t *_Nonnull group);

/// What a child process is started with.
struct asyncio_spawn {
  /// A path.
  const char *_Nonnull program;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const char *_Nullable directory;
  /// What becomes descriptor 0, 1, 2 and 3 of the child, which has no others; -1 is /dev/null, and
  /// nothing for the last.
  int descriptors[4];
  /// Whether the child leads a process group of its own.
  bool leads_group;
  /// Whether the child is killed when the calling thread ends, prctl(2), PR_SET_PDEATHSIG.
  bool ends_with_parent;
};

/// O_PATH of open(2), which needs _GNU_SOURCE: a file that is only named, and not read.
enum { ASYNCIO_O_PATH = 010000000 };

/// The children that are killed when this process is ended at once: a process, a group as a negative number, or 0 for
/// none, at each place.
enum { ASYNCIO_CHILD_CAPACITY = 1 << 16 };
void asyncio_note_child(int32_t place, int32_t process);

/// Kills them all; async-signal-safe.
void asyncio_kill_children(void);

/// As posix_spawn(3), with every signal as it is by default and none blocked. Returns 0 or an errno; also
/// that of an exec that failed.
int asyncio_start_process(const struct asyncio_spawn *_Nonnull child, int32_t *_Nonnull process);

/// pidfd_open(2): a descriptor that is readable once the process has ended; -1 and errno on failure.
int asyncio_pidfd_open(int32_t process);

/// pidfd_send_signal(2): never reaches another process that was given the same number.
int asyncio_pidfd_signal(int pidfd, int signal_number);

/// How a process has ended, waitid(2): 0, or -1 and errno. `status` is the exit status, or the signal's
/// number when `by_signal` is set. With `reap`, the process is gone afterwards.
int asyncio_pidfd_status(int pidfd, bool reap, int *_Nonnull status, bool *_Nonnull by_signal);

/// Sees to it that the status of children is kept for us, and not dropped because a parent of ours
/// ignored SIGCHLD.
void asyncio_keep_child_statuses(void);

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

/// A mutex is one word, which is 0 while it is free. The common case is one instruction here and one there.
///
/// Not pthread's, which is ten times as large and takes five times the instructions; and ThreadSanitizer, which
/// knows nothing of futex(2), sees these.
enum { ASYNCIO_MUTEX_FREE, ASYNCIO_MUTEX_TAKEN, ASYNCIO_MUTEX_CONTENDED };

/// Waits for the mutex and takes it.
void asyncio_mutex_wait(uint32_t *_Nonnull mutex);

/// Wakes one who waits.
void asyncio_mutex_wake(uint32_t *_Nonnull mutex);

static inline bool asyncio_mutex_try_lock(uint32_t *_Nonnull mutex) {
  uint32_t expected = ASYNCIO_MUTEX_FREE;
  return __atomic_compare_exchange_n(mutex, &expected, ASYNCIO_MUTEX_TAKEN, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED);
}

static inline void asyncio_mutex_lock(uint32_t *_Nonnull mutex) {
  if (!asyncio_mutex_try_lock(mutex)) asyncio_mutex_wait(mutex);
}

static inline void asyncio_mutex_unlock(uint32_t *_Nonnull mutex) {
  uint32_t before = __atomic_exchange_n(mutex, ASYNCIO_MUTEX_FREE, __ATOMIC_RELEASE);
  if (before == ASYNCIO_MUTEX_CONTENDED) asyncio_mutex_wake(mutex);
}

/// Names the calling thread; at most 15 bytes count.
void asyncio_set_thread_name(const char *_Nonnull name);

// Keeps up to so much memory that was freed, mallopt(3): bodies of some size would otherwise be given back to the system and asked for
// again with each read.
void asyncio_keep_freed_memory(size_t most);

#endif
