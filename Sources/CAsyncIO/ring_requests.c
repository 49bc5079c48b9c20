// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "ring_kernel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

// MARK: Polls and cancellations

static uint64_t address_of(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

void asyncio_ring_poll(struct asyncio_ring *ring, int descriptor, uint32_t events, bool again, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_POLL, descriptor, data);
  submission->length = again ? POLL_MULTISHOT : 0;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  events = events << 16 | events >> 16;
#endif
  submission->operation_flags = events;
}

void asyncio_ring_cancel(struct asyncio_ring *ring, uint64_t request, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_CANCEL, -1, data);
  submission->address = request;
  submission->flags = FLAG_SKIP_SUCCESS;
}

// MARK: Files

void asyncio_ring_open(struct asyncio_ring *ring, const char *path, int flags, uint32_t mode, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_OPENAT, AT_FDCWD, data);
  submission->address = address_of(path);
  submission->length = mode;
  submission->operation_flags = (uint32_t)flags;
}

void asyncio_ring_close(struct asyncio_ring *ring, int descriptor, uint64_t data) {
  asyncio_ring_prepare(ring, OPERATION_CLOSE, descriptor, data);
}

static void transfer(struct asyncio_ring *ring, uint8_t opcode, int descriptor, const void *memory,
                     uint32_t count, int64_t offset, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, opcode, descriptor, data);
  submission->address = address_of(memory);
  submission->length = count;
  submission->offset = (uint64_t)offset;
}

void asyncio_ring_read(struct asyncio_ring *ring, int descriptor, void *memory, uint32_t count,
                       int64_t offset, uint64_t data) {
  transfer(ring, OPERATION_READ, descriptor, memory, count, offset, data);
}

void asyncio_ring_write(struct asyncio_ring *ring, int descriptor, const void *memory, uint32_t count,
                        int64_t offset, uint64_t data) {
  transfer(ring, OPERATION_WRITE, descriptor, memory, count, offset, data);
}

_Static_assert(sizeof(struct asyncio_file_status) >= sizeof(struct statx), "a file's status fits");

void asyncio_ring_status(struct asyncio_ring *ring, int descriptor, const char *path,
                         struct asyncio_file_status *status, uint64_t data) {
  int directory = path[0] ? AT_FDCWD : descriptor;
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_STATX, directory, data);
  submission->address = address_of(path);
  submission->length = STATX_BASIC_STATS;
  submission->operation_flags = path[0] ? 0 : AT_EMPTY_PATH;
  submission->offset = address_of(status);
}

uint64_t asyncio_file_size(const struct asyncio_file_status *status) {
  return ((const struct statx *)status)->stx_size;
}

uint32_t asyncio_file_mode(const struct asyncio_file_status *status) {
  return ((const struct statx *)status)->stx_mode;
}

// MARK: Sockets

void asyncio_ring_accept(struct asyncio_ring *ring, int descriptor, bool again, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_ACCEPT, descriptor, data);
  submission->priority = again ? ACCEPT_MULTISHOT : 0;
  submission->operation_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
}

void asyncio_ring_connect(struct asyncio_ring *ring, int descriptor, const struct sockaddr *address,
                          uint32_t length, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_CONNECT, descriptor, data);
  submission->address = address_of(address);
  submission->offset = length;
}

void asyncio_ring_receive(struct asyncio_ring *ring, int descriptor, bool again, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, OPERATION_RECV, descriptor, data);
  submission->flags = FLAG_BUFFER_SELECT;
  submission->priority = again ? RECEIVE_MULTISHOT : 0;
}

void asyncio_ring_send(struct asyncio_ring *ring, int descriptor, const void *memory, uint32_t count,
                       bool without_copy, uint64_t data) {
  uint8_t opcode = without_copy ? OPERATION_SEND_ZC : OPERATION_SEND;
  struct submission *submission = asyncio_ring_prepare(ring, opcode, descriptor, data);
  submission->priority = without_copy ? SEND_REPORT_USAGE : 0;
  submission->address = address_of(memory);
  submission->length = count;
  submission->operation_flags = MSG_NOSIGNAL;
}

static void message(struct asyncio_ring *ring, uint8_t opcode, int descriptor, const struct msghdr *message,
                    uint32_t flags, uint64_t data) {
  struct submission *submission = asyncio_ring_prepare(ring, opcode, descriptor, data);
  submission->address = address_of(message);
  submission->length = 1;
  submission->operation_flags = flags;
}

void asyncio_ring_send_message(struct asyncio_ring *ring, int descriptor, const struct msghdr *header,
                               uint64_t data) {
  message(ring, OPERATION_SENDMSG, descriptor, header, MSG_NOSIGNAL, data);
}

void asyncio_ring_receive_message(struct asyncio_ring *ring, int descriptor, struct msghdr *header,
                                  uint64_t data) {
  message(ring, OPERATION_RECVMSG, descriptor, header, MSG_TRUNC, data);
}
