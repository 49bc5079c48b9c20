// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
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
// The ending signal that came first and is the program's to answer, or 0.
static atomic_int program_signal;

// What other code has installed after us, and is called behind our handler: signal (bit n - 1 is signal n) and action.
// An action is written before it is published, and stays, also when another takes its place.
static struct sigaction *_Atomic foreign_actions[SIGNAL_COUNT + 1];
static atomic_uint_fast64_t forwarded_signals;
// How often each was handed to such a handler, which may send it on, and did not come back yet.
static atomic_int forwards[SIGNAL_COUNT + 1];
// What this thread is handing on at the moment: a handler behind ours may call ours, which it has found before.
static _Thread_local uint64_t handing_on __attribute__((tls_model("initial-exec")));
// Ending signals that were handed on and that nobody may have taken.
static atomic_uint_fast64_t handed_on;
// The real-time signals that stand for others towards code that reads those from a descriptor, or 0.
static atomic_int stand_ins[SIGNAL_COUNT + 1];
// The same, for as long as the process runs: used by one thread at a time.
static int reserved_stand_ins[SIGNAL_COUNT + 1];
static int stand_in_count;
enum { MOST_STAND_INS = 8 };

// The descriptors that wake the loops on which somebody listens.
enum { WAKE_CAPACITY = 64 };
static atomic_int wake_fds[WAKE_CAPACITY];  // The descriptor plus one: 0 is a free place.

// Handlers under way, on whatever thread.
static atomic_int handlers;

// Only async-signal-safe calls from here on (signal-safety(7)): atomics, write, kill, futex and _exit.

static void make_pending(uint64_t bit) {
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
}

static void take_ending(int number) {
  int none = 0;
  atomic_compare_exchange_strong(&program_signal, &none, number);
  make_pending(UINT64_C(1) << (number - 1));
  asyncio_watch_post();
}

// Whether a signal that has come was sent on by the handler behind ours: libdispatch's sends it to another thread of the
// process. That is no second one.
static bool is_sent_on(int number, const siginfo_t *info) {
  if (info->si_code != SI_TKILL || info->si_pid != getpid()) return false;
  // Towards a reader another signal stands for it.
  if (atomic_load(&stand_ins[number]) != 0) return false;
  int count = atomic_load(&forwards[number]);
  while (count > 0) {
    if (atomic_compare_exchange_weak(&forwards[number], &count, count - 1)) return true;
  }
  return false;
}

static void note_signal(int number, siginfo_t *info, void *context) {
  uint64_t bit = UINT64_C(1) << (number - 1);
  if (handing_on & bit) return;
  int saved_errno = errno;
  bool is_ending = (atomic_load(&ending_signals) & bit) != 0;
  bool is_forwarded = (atomic_load(&forwarded_signals) & bit) != 0;
  bool is_passed_on = is_forwarded && is_sent_on(number, info);
  if (is_ending && !is_passed_on) {
    // A second signal of either kind ends the process: who presses Ctrl-C twice means it.
    if (atomic_fetch_or(&delivered_once, bit) & atomic_load(&ending_signals)) {
      asyncio_kill_children();
      _exit(128 + number);
    }
  }
  if (!is_passed_on) {
    if (!is_ending) {
      make_pending(bit);
    } else if (!is_forwarded) {
      take_ending(number);
    } else {
      // Whoever has installed a handler after us wants to answer it.
      atomic_fetch_or(&handed_on, bit);
      asyncio_watch_post();
    }
  }
  const struct sigaction *action = is_forwarded ? atomic_load(&foreign_actions[number]) : NULL;
  if (action != NULL) {
    handing_on |= bit;
    if (!is_passed_on) atomic_fetch_add(&forwards[number], 1);
    int stand_in = atomic_load(&stand_ins[number]);
    int passed = stand_in != 0 ? stand_in : number;
    if (action->sa_flags & SA_SIGINFO) {
      action->sa_sigaction(passed, info, context);
    } else {
      action->sa_handler(passed);
    }
    handing_on &= ~bit;
  }
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
  // One that nobody has been given yet is the listener's who has just come.
  int number = atomic_load(&program_signal);
  if (number == 0) return;
  uint64_t bit = UINT64_C(1) << (number - 1);
  if (!(signals & bit) && (atomic_load(&pending_signals) & bit)) atomic_store(&program_signal, 0);
}

void asyncio_signal_forget_program(void) {
  atomic_store(&program_signal, 0);
  atomic_store(&handed_on, 0);
}

int asyncio_signal_of_program(void) { return atomic_load(&program_signal); }

uint64_t asyncio_signal_take_handed_on(void) { return atomic_exchange(&handed_on, 0); }

void asyncio_signal_take_back(int number) { take_ending(number); }

static bool is_ours(const struct sigaction *action) {
  return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == note_signal;
}

static int install(int number) {
  struct sigaction action = {.sa_sigaction = note_signal, .sa_flags = SA_RESTART | SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL) == 0 ? 0 : errno;
}

int asyncio_signal_watch(int number) {
  if (number < 1 || number > SIGNAL_COUNT) return EINVAL;
  struct sigaction current;
  if (sigaction(number, NULL, &current) != 0) return errno;
  if (is_ours(&current)) return 0;
  previous_actions[number] = current;
  return install(number);
}

void asyncio_signal_unblock(int number) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, number);
  pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
}

bool asyncio_signal_reassert(int number) {
  struct sigaction current;
  if (sigaction(number, NULL, &current) != 0 || is_ours(&current)) return false;
  // Ignored, or ending the process: somebody wants that.
  if (!(current.sa_flags & SA_SIGINFO) &&
      (current.sa_handler == SIG_IGN || current.sa_handler == SIG_DFL)) {
    return false;
  }
  uint64_t bit = UINT64_C(1) << (number - 1);
  struct sigaction *action = malloc(sizeof *action);
  if (action == NULL) return false;
  *action = current;
  // The one before may be running: it stays.
  atomic_store(&foreign_actions[number], action);
  atomic_fetch_or(&forwarded_signals, bit);
  install(number);
  return true;
}

uint64_t asyncio_signal_forwarded(void) { return atomic_load(&forwarded_signals); }

int asyncio_signal_stand_in(int number) { return atomic_load(&stand_ins[number]); }

static bool exchange_in_reader(int descriptor, uint64_t mask, int from, int to) {
  sigset_t set;
  sigemptyset(&set);
  mask = (mask & ~(UINT64_C(1) << (from - 1))) | UINT64_C(1) << (to - 1);
  for (int number = 1; number <= SIGNAL_COUNT; number++) {
    if (mask & UINT64_C(1) << (number - 1)) sigaddset(&set, number);
  }
  // Changes what the descriptor reads, and fails for one that is no such reader any more, signalfd(2).
  return signalfd(descriptor, &set, 0) == descriptor;
}

// A real-time signal that nobody else uses; 0 when there is none left.
static int reserve_stand_in(int number) {
  if (reserved_stand_ins[number] != 0) return reserved_stand_ins[number];
  for (; stand_in_count < MOST_STAND_INS; stand_in_count++) {
    int candidate = SIGRTMAX - stand_in_count;
    struct sigaction current;
    if (sigaction(candidate, NULL, &current) != 0) return 0;
    if ((current.sa_flags & SA_SIGINFO) || current.sa_handler != SIG_DFL) continue;
    stand_in_count++;
    return reserved_stand_ins[number] = candidate;
  }
  return 0;
}

bool asyncio_signal_redirect(int descriptor, uint64_t mask, int number) {
  int stand_in = reserve_stand_in(number);
  if (stand_in == 0 || !exchange_in_reader(descriptor, mask, number, stand_in)) return false;
  atomic_store(&stand_ins[number], stand_in);
  return true;
}

void asyncio_signal_redirect_back(int descriptor, uint64_t mask, int number) {
  atomic_store(&stand_ins[number], 0);
  int stand_in = reserved_stand_ins[number];
  if (stand_in != 0) exchange_in_reader(descriptor, mask, stand_in, number);
}

void asyncio_signal_unwatch(int number) {
  if (number < 1 || number > SIGNAL_COUNT) return;
  uint64_t bit = UINT64_C(1) << (number - 1);
  struct sigaction current;
  // What somebody has installed since then is theirs.
  if (sigaction(number, NULL, &current) == 0 && is_ours(&current)) {
    bool is_forwarded = (atomic_load(&forwarded_signals) & bit) != 0;
    sigaction(number, is_forwarded ? atomic_load(&foreign_actions[number]) : &previous_actions[number], NULL);
  }
  atomic_fetch_and(&pending_signals, ~bit);
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

int asyncio_usable_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

const char *asyncio_signal_name(int number) { return sigabbrev_np(number); }

// MARK: The watch thread

static atomic_uint watch_word;

void asyncio_watch_post(void) {
  atomic_fetch_add(&watch_word, 1);
  syscall(SYS_futex, &watch_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

uint32_t asyncio_watch_word(void) { return atomic_load(&watch_word); }

void asyncio_watch_wait(uint32_t seen, int64_t timeout_nanoseconds) {
  struct timespec timeout = {.tv_sec = timeout_nanoseconds / 1000000000,
                             .tv_nsec = timeout_nanoseconds % 1000000000};
  syscall(SYS_futex, &watch_word, FUTEX_WAIT_PRIVATE, seen, timeout_nanoseconds < 0 ? NULL : &timeout,
          NULL, 0);
}

_Thread_local int32_t asyncio_operation_budget = 0;

void asyncio_keep_freed_memory(size_t most) {
  mallopt(M_TRIM_THRESHOLD, (int)most);
  mallopt(M_MMAP_THRESHOLD, (int)most);
  mallopt(M_TOP_PAD, (int)(most / 8));
}
