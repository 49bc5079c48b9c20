// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

int asyncio_start_process(const struct asyncio_spawn *child, int32_t *process) {
  int lifted[DESCRIPTOR_COUNT];
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int status = lift(child->descriptors, lifted);
  if (status == 0) status = add_actions(&actions, lifted, child->directory);
  if (status == 0) status = set_attributes(&attributes, child->leads_group);
  if (status == 0) {
    pid_t pid = 0;
    status = posix_spawnp(&pid, child->program, &actions, &attributes, child->arguments,
                          child->environment);
    *process = pid;
  }
  for (int index = 0; index < DESCRIPTOR_COUNT; index++) {
    if (lifted[index] >= 0) close(lifted[index]);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

int asyncio_pidfd_open(int32_t process) {
  return (int)syscall(SYS_pidfd_open, (pid_t)process, 0);
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
