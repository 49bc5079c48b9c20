// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Sockets and pipes: calls that need _GNU_SOURCE.

#define _GNU_SOURCE
#include "CAsyncIO.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <linux/openat2.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct asyncio_datagram) == sizeof(struct mmsghdr) &&
                   offsetof(struct asyncio_datagram, count) == offsetof(struct mmsghdr, msg_len),
               "struct asyncio_datagram is to be as struct mmsghdr");

int asyncio_lift(int descriptor) {
  int lifted = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  // Where there is no other number, this one is better than none.
  if (lifted < 0) return descriptor;
  close(descriptor);
  return lifted;
}

// RESOLVE_CACHED of kernels since 5.12.
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

static const int beneath_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// Where there is no openat2: each part of the path by itself, and no links.
static int open_by_parts(int directory, const char *path) {
  int current = directory, result = -ENOENT;
  while (true) {
    size_t length = strcspn(path, "/");
    char part[256];
    if (length >= sizeof part) { result = -ENAMETOOLONG; break; }
    memcpy(part, path, length);
    part[length] = 0;
    if (strcmp(part, "..") == 0) { result = -EXDEV; break; }
    bool is_last = path[length] == 0;
    int next = openat(current, length == 0 ? "." : part, beneath_flags | O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY));
    result = next < 0 ? -errno : next;
    if (next < 0 || is_last) break;
    if (current != directory) close(current);
    current = next;
    path += length + 1;
  }
  if (current != directory) close(current);
  return result;
}

int asyncio_open_beneath(int directory, const char *path, bool only_cached) {
  struct open_how how = {.flags = (uint64_t)beneath_flags,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (only_cached ? RESOLVE_CACHED : 0)};
  while (true) {
    long result = syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (result >= 0) return (int)result;
    if (errno == ENOSYS || errno == EPERM) return only_cached ? -EAGAIN : open_by_parts(directory, path);
    // A name was changed meanwhile.
    if (errno != EINTR && !(errno == EAGAIN && !only_cached)) return -errno;
  }
}

int asyncio_accept(int descriptor) {
  int connection = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return connection < 0 || connection > 2 ? connection : asyncio_lift(connection);
}

// Not by the library's functions: those are points where a thread may be cancelled, pthreads(7), which takes
// instructions before and after.

long asyncio_receive(int descriptor, void *memory, size_t count) {
  long result = syscall(SYS_recvfrom, descriptor, memory, count, MSG_DONTWAIT, NULL, NULL);
  return result < 0 ? -errno : result;
}

long asyncio_discard(int descriptor, size_t count) {
  long result =
      syscall(SYS_recvfrom, descriptor, NULL, count, MSG_DONTWAIT | MSG_TRUNC, NULL, NULL);
  return result < 0 ? -errno : result;
}

long asyncio_send(int descriptor, const void *memory, size_t count) {
  long result = syscall(SYS_sendto, descriptor, memory, count, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
  return result < 0 ? -errno : result;
}

int asyncio_receive_datagrams(int descriptor, struct asyncio_datagram *datagrams,
                              unsigned int capacity) {
  return recvmmsg(descriptor, (struct mmsghdr *)datagrams, capacity, MSG_DONTWAIT | MSG_TRUNC, NULL);
}

int asyncio_send_datagrams(int descriptor, struct asyncio_datagram *datagrams, unsigned int count) {
  return sendmmsg(descriptor, (struct mmsghdr *)datagrams, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int asyncio_peer_credentials(int descriptor, int32_t *process, uint32_t *user, uint32_t *group) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  *process = credentials.pid;
  *user = credentials.uid;
  *group = credentials.gid;
  return 0;
}

int asyncio_pipe2(int ends[2], int flags) { return pipe2(ends, flags); }

// Blocks SIGPIPE for the calling thread, to which the kernel sends it, for the length of a write, and
// takes one that came of it away: the process's own handling of the signal is not touched.
struct sigpipe_guard {
  sigset_t old;
  bool was_pending;
};

static bool sigpipe_pending(void) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

static void begin_quiet(struct sigpipe_guard *guard) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGPIPE);
  guard->was_pending = sigpipe_pending();
  pthread_sigmask(SIG_BLOCK, &mask, &guard->old);
}

static void end_quiet(struct sigpipe_guard *guard, ssize_t result) {
  int saved_errno = errno;
  if (result < 0 && saved_errno == EPIPE && !guard->was_pending && sigpipe_pending()) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    struct timespec none = {0, 0};
    while (sigtimedwait(&mask, NULL, &none) < 0 && errno == EINTR) continue;
  }
  pthread_sigmask(SIG_SETMASK, &guard->old, NULL);
  errno = saved_errno;
}

ssize_t asyncio_write_quietly(int descriptor, const void *bytes, size_t count) {
  struct sigpipe_guard guard;
  begin_quiet(&guard);
  ssize_t result = write(descriptor, bytes, count);
  end_quiet(&guard, result);
  return result;
}

ssize_t asyncio_writev_quietly(int descriptor, const struct iovec *pieces, int count) {
  struct sigpipe_guard guard;
  begin_quiet(&guard);
  ssize_t result = writev(descriptor, pieces, count);
  end_quiet(&guard, result);
  return result;
}

ssize_t asyncio_send_file(int descriptor, int file, int64_t offset, size_t count) {
  struct sigpipe_guard guard;
  off_t start = offset;
  begin_quiet(&guard);
  ssize_t result = sendfile(descriptor, file, &start, count);
  end_quiet(&guard, result);
  return result;
}

int asyncio_available_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}

int asyncio_unconfirmed_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, SIOCOUTQ, &count) == 0 ? count : 0;
}
