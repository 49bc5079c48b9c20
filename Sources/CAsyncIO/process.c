// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(ASYNCIO_O_PATH == O_PATH, "O_PATH differs on this system");

enum { DESCRIPTOR_COUNT = 4 };

// The descriptors that a child is given must not be among the numbers that they are given under.
static int lift(const int given[DESCRIPTOR_COUNT], int lifted[DESCRIPTOR_COUNT]) {
  for (int index = 0; index < DESCRIPTOR_COUNT; index++) lifted[index] = -1;
  for (int index = 0; index < DESCRIPTOR_COUNT; index++) {
    if (given[index] < 0) continue;
    lifted[index] = fcntl(given[index], F_DUPFD_CLOEXEC, DESCRIPTOR_COUNT);
    if (lifted[index] < 0) return errno;
  }
  return 0;
}

static int add_actions(posix_spawn_file_actions_t *actions, const int lifted[DESCRIPTOR_COUNT],
                       const char *directory) {
  int last = 2, status = 0;
  for (int index = 0; index < DESCRIPTOR_COUNT && status == 0; index++) {
    if (lifted[index] >= 0) {
      status = posix_spawn_file_actions_adddup2(actions, lifted[index], index);
      if (index > last) last = index;
    } else if (index <= 2) {
      status = posix_spawn_file_actions_addopen(actions, index, "/dev/null",
                                                index == 0 ? O_RDONLY : O_WRONLY, 0);
    }
  }
  if (status == 0) status = posix_spawn_file_actions_addclosefrom_np(actions, last + 1);
  if (status == 0 && directory != NULL) {
    status = posix_spawn_file_actions_addchdir_np(actions, directory);
  }
  return status;
}

static int set_attributes(posix_spawnattr_t *attributes, bool leads_group) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  if (leads_group) flags |= POSIX_SPAWN_SETPGROUP;
  int status = posix_spawnattr_setflags(attributes, flags);
  if (status == 0) status = posix_spawnattr_setsigdefault(attributes, &all);
  if (status == 0) status = posix_spawnattr_setsigmask(attributes, &none);
  if (status == 0 && leads_group) status = posix_spawnattr_setpgroup(attributes, 0);
  return status;
}

// The shortest way from here to the program, for what posix_spawn(3) cannot say: the child shares the memory of its
// parent, which waits, until it runs the program (vfork(2)). So it only makes system calls, and returns from nothing.
static int run_child(const struct asyncio_spawn *child, const int lifted[DESCRIPTOR_COUNT], pid_t parent,
                     int word) {
  struct sigaction usual = {.sa_handler = SIG_DFL};
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number <= 64; number++) sigaction(number, &usual, NULL);
  if (child->leads_group && setpgid(0, 0) != 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  // The parent may have ended before that.
  if (getppid() != parent) _exit(127);
  int last = 2;
  for (int index = 0; index < DESCRIPTOR_COUNT; index++) {
    int source = lifted[index];
    if (source < 0 && index > 2) continue;
    if (source < 0) source = open("/dev/null", index == 0 ? O_RDONLY : O_WRONLY);
    if (source < 0) return errno;
    if (source != index && dup2(source, index) < 0) return errno;
    if (index > last) last = index;
  }
  // All but the one that the failure is told by.
  if (word > last + 1 && syscall(SYS_close_range, (unsigned)last + 1, (unsigned)word - 1, 0) != 0) return errno;
  if (syscall(SYS_close_range, (unsigned)word + 1, ~0U, 0) != 0) return errno;
  if (child->directory != NULL && chdir(child->directory) != 0) return errno;
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return errno;
  execve(child->program, child->arguments, child->environment);
  return errno;
}

__attribute__((noinline)) static int start_directly(const struct asyncio_spawn *child,
                                                    const int lifted[DESCRIPTOR_COUNT],
                                                    int32_t *process) {
  sigset_t all, before;
  sigfillset(&all);
  // No handler of this process may run in the child.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // Closed by an exec that succeeds; sanitizers give the child memory of its own, so it cannot leave word there.
  int word[2];
  if (pipe2(word, O_CLOEXEC) != 0) {
    int status = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
  }
  // Above the numbers that the child's descriptors get.
  int lifted_word = fcntl(word[1], F_DUPFD_CLOEXEC, DESCRIPTOR_COUNT);
  if (lifted_word >= 0) {
    close(word[1]);
    word[1] = lifted_word;
  }
  pid_t parent = getpid();
  pid_t pid = vfork();
  if (pid == 0) {
    int failure = run_child(child, lifted, parent, word[1]);
    ssize_t ignored = write(word[1], &failure, sizeof failure);
    (void)ignored;
    _exit(127);
  }
  int status = pid < 0 ? errno : 0;
  close(word[1]);
  if (pid > 0 && read(word[0], &status, sizeof status) != sizeof status) status = 0;
  close(word[0]);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pid > 0 && status != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  if (pid > 0 && status == 0) *process = pid;
  return status;
}

static int start_by_library(const struct asyncio_spawn *child, const int lifted[DESCRIPTOR_COUNT],
                            int32_t *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int status = add_actions(&actions, lifted, child->directory);
  if (status == 0) status = set_attributes(&attributes, child->leads_group);
  if (status == 0) {
    pid_t pid = 0;
    status = posix_spawn(&pid, child->program, &actions, &attributes, child->arguments,
                         child->environment);
    *process = pid;
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

int asyncio_start_process(const struct asyncio_spawn *child, int32_t *process) {
  int lifted[DESCRIPTOR_COUNT];
  int status = lift(child->descriptors, lifted);
  if (status == 0) {
    status = child->ends_with_parent ? start_directly(child, lifted, process)
                                     : start_by_library(child, lifted, process);
  }
  for (int index = 0; index < DESCRIPTOR_COUNT; index++) {
    if (lifted[index] >= 0) close(lifted[index]);
  }
  return status;
}

// What kill(2) takes: a process, or a group as a negative number; 0 is a free place.
static atomic_int children[ASYNCIO_CHILD_CAPACITY];

void asyncio_note_child(int32_t place, int32_t process) { atomic_store(&children[place], process); }

void asyncio_kill_children(void) {
  for (int place = 0; place < ASYNCIO_CHILD_CAPACITY; place++) {
    int process = atomic_load_explicit(&children[place], memory_order_relaxed);
    if (process == 0) continue;
    kill(process, SIGKILL);
    // One that has left its group.
    if (process < 0) kill(-process, SIGKILL);
  }
}

int asyncio_pidfd_open(int32_t process) {
  int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)process, 0);
  return pidfd < 0 || pidfd > 2 ? pidfd : asyncio_lift(pidfd);
}

int asyncio_pidfd_signal(int pidfd, int signal_number) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}

int asyncio_pidfd_status(int pidfd, bool reap, int *status, bool *by_signal) {
  siginfo_t info = {0};
  int options = WEXITED | WNOHANG | (reap ? 0 : WNOWAIT);
  // P_PIDFD has no name in older headers.
  if (waitid((idtype_t)3, (id_t)pidfd, &info, options) != 0) return -1;
  if (info.si_pid == 0) {
    errno = EAGAIN;
    return -1;
  }
  *status = info.si_status;
  *by_signal = info.si_code != CLD_EXITED;
  return 0;
}

void asyncio_keep_child_statuses(void) {
  struct sigaction action;
  if (sigaction(SIGCHLD, NULL, &action) != 0) return;
  bool drops = action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0;
  if (!drops) return;
  struct sigaction usual = {.sa_handler = SIG_DFL};
  sigemptyset(&usual.sa_mask);
  sigaction(SIGCHLD, &usual, NULL);
}
