// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// io_uring(7), by system calls. The few declarations that are needed of the kernel's interface are written
// out, so that it does not matter how old the installed headers are.

#ifndef CASYNCIO_RING_H
#define CASYNCIO_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/// A ring, with its two queues; made on any thread, used on one.
struct asyncio_ring;

/// A ring that is not in use yet, or null and errno: where the kernel has none, where a sandbox forbids
/// it, and where it is too old for what is asked for here (Linux 6.1).
struct asyncio_ring *_Nullable asyncio_ring_create(unsigned entries);

/// Gives everything back; requests that are still under way are cancelled by the kernel.
void asyncio_ring_destroy(struct asyncio_ring *_Nonnull ring);

/// Makes the calling thread the one that uses the ring.
void asyncio_ring_start(struct asyncio_ring *_Nonnull ring);

/// Whether the kernel has something to say, or something is to be submitted: without a system call.
bool asyncio_ring_is_pending(const struct asyncio_ring *_Nonnull ring);

/// Submits what was prepared, and waits for a completion: a negative timeout waits for ever, 0 only looks.
/// 0, or an errno (EINTR and ETIME are none).
int asyncio_ring_enter(struct asyncio_ring *_Nonnull ring, int64_t timeout_nanoseconds);

/// Submits what was prepared: all of it has reached the kernel afterwards.
void asyncio_ring_submit(struct asyncio_ring *_Nonnull ring);

/// A completion.
struct asyncio_completion {
  uint64_t data;
  int32_t result;
  uint32_t flags;
};

/// The request goes on, and will complete again.
#define ASYNCIO_COMPLETION_MORE 2u
/// Of a send without a copy: the kernel has let go of the memory.
#define ASYNCIO_COMPLETION_RELEASED 8u
/// The result that comes with that, where the bytes were copied after all.
#define ASYNCIO_RESULT_COPIED 0x80000000u

/// Takes the next completion; false when there is none.
bool asyncio_ring_next(struct asyncio_ring *_Nonnull ring, struct asyncio_completion *_Nonnull completion);

/// The data of the completion after the one that was taken last; anything, when there is none.
uint64_t asyncio_ring_upcoming(const struct asyncio_ring *_Nonnull ring);

// Requests. They are prepared, and submitted with the next `asyncio_ring_enter`; all but the cancellations
// complete with their data. What they point to has to stay until then.

/// Reports once that a descriptor is ready (poll(2)'s events), or each change of that with `again`.
void asyncio_ring_poll(struct asyncio_ring *_Nonnull ring, int descriptor, uint32_t events, bool again,
                       uint64_t data);

/// Cancels the request with this data. Completes with data of its own, and only when that could not be done.
void asyncio_ring_cancel(struct asyncio_ring *_Nonnull ring, uint64_t request, uint64_t data);

/// The operations that take a path, memory or a descriptor, by what they do.
void asyncio_ring_open(struct asyncio_ring *_Nonnull ring, const char *_Nonnull path, int flags,
                       uint32_t mode, uint64_t data);
void asyncio_ring_close(struct asyncio_ring *_Nonnull ring, int descriptor, uint64_t data);
/// At `offset`; -1 is the file's own position.
void asyncio_ring_read(struct asyncio_ring *_Nonnull ring, int descriptor, void *_Nonnull memory,
                       uint32_t count, int64_t offset, uint64_t data);
void asyncio_ring_write(struct asyncio_ring *_Nonnull ring, int descriptor, const void *_Nonnull memory,
                        uint32_t count, int64_t offset, uint64_t data);

/// What statx(2) says of a file: filled in when the request completes.
struct asyncio_file_status {
  uint64_t words[32];
};
/// Of `path`, or of the open descriptor when the path is empty.
void asyncio_ring_status(struct asyncio_ring *_Nonnull ring, int descriptor, const char *_Nonnull path,
                         struct asyncio_file_status *_Nonnull status, uint64_t data);
uint64_t asyncio_file_size(const struct asyncio_file_status *_Nonnull status);
uint32_t asyncio_file_mode(const struct asyncio_file_status *_Nonnull status);

// Sockets.

/// Accepts once, or again and again; each completion is a connection's descriptor, which does not block.
void asyncio_ring_accept(struct asyncio_ring *_Nonnull ring, int descriptor, bool again, uint64_t data);
void asyncio_ring_connect(struct asyncio_ring *_Nonnull ring, int descriptor,
                          const struct sockaddr *_Nonnull address, uint32_t length, uint64_t data);

/// Receives into one of the ring's own buffers, or again and again.
void asyncio_ring_receive(struct asyncio_ring *_Nonnull ring, int descriptor, bool again, uint64_t data);
/// The bytes that came with a completion of `asyncio_ring_receive`, or null; they are to be given back.
const void *_Nullable asyncio_ring_received(struct asyncio_ring *_Nonnull ring,
                                            const struct asyncio_completion *_Nonnull completion);
void asyncio_ring_give_back(struct asyncio_ring *_Nonnull ring,
                            const struct asyncio_completion *_Nonnull completion);

/// Sends some of the bytes. Without a copy, a second completion says when the memory is free again.
void asyncio_ring_send(struct asyncio_ring *_Nonnull ring, int descriptor, const void *_Nonnull memory,
                       uint32_t count, bool without_copy, uint64_t data);
void asyncio_ring_send_message(struct asyncio_ring *_Nonnull ring, int descriptor,
                               const struct msghdr *_Nonnull message, uint64_t data);
/// The result is the datagram's full length.
void asyncio_ring_receive_message(struct asyncio_ring *_Nonnull ring, int descriptor,
                                  struct msghdr *_Nonnull message, uint64_t data);

#endif
