// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// What ring.c and ring_requests.c share: the kernel's interface, and what a ring is made of.

#ifndef CASYNCIO_RING_KERNEL_H
#define CASYNCIO_RING_KERNEL_H

#include "CAsyncIORing.h"

#include <stddef.h>
#include <stdint.h>

// MARK: The kernel's interface

struct submission {
  uint8_t opcode;
  uint8_t flags;
  uint16_t priority;
  int32_t descriptor;
  uint64_t offset;
  uint64_t address;
  uint32_t length;
  uint32_t operation_flags;
  uint64_t data;
  uint16_t buffer_group;
  uint16_t personality;
  uint32_t file_index;
  uint64_t more[2];
};
_Static_assert(sizeof(struct submission) == 64, "a submission has 64 bytes");
_Static_assert(sizeof(struct asyncio_completion) == 16, "a completion has 16 bytes");

struct submission_offsets {
  uint32_t head, tail, mask, entries, flags, dropped, array, reserved;
  uint64_t address;
};
struct completion_offsets {
  uint32_t head, tail, mask, entries, overflow, completions, flags, reserved;
  uint64_t address;
};
struct parameters {
  uint32_t submission_entries, completion_entries, flags, thread_cpu, thread_idle, features, queue, reserved[3];
  struct submission_offsets submissions;
  struct completion_offsets completions;
};
_Static_assert(sizeof(struct parameters) == 120, "the parameters have 120 bytes");

struct wait_argument {
  uint64_t signals;
  uint32_t signals_size, reserved;
  uint64_t timeout;
};

struct buffer {
  uint64_t address;
  uint32_t length;
  uint16_t number;
  // Of the first buffer, this is the tail of the ring of buffers.
  uint16_t tail;
};
struct buffer_registration {
  uint64_t ring;
  uint32_t entries;
  uint16_t group, flags;
  uint64_t reserved[3];
};

enum {
  SETUP_CQSIZE = 1 << 3,
  SETUP_DISABLED = 1 << 6,
  SETUP_SUBMIT_ALL = 1 << 7,
  SETUP_COOP_TASKRUN = 1 << 8,
  SETUP_TASKRUN_FLAG = 1 << 9,
  SETUP_SINGLE_ISSUER = 1 << 12,
  SETUP_DEFER_TASKRUN = 1 << 13,
  FEATURE_SINGLE_MMAP = 1 << 0,
  FEATURE_NODROP = 1 << 1,
  FEATURE_EXT_ARG = 1 << 8,
  ENTER_GETEVENTS = 1 << 0,
  ENTER_EXT_ARG = 1 << 3,
  QUEUE_OVERFLOWED = 1 << 1,
  QUEUE_HAS_TASK_WORK = 1 << 2,
  REGISTER_ENABLE = 12,
  REGISTER_BUFFERS = 22,
  OPERATION_POLL = 6,
  OPERATION_SENDMSG = 9,
  OPERATION_RECVMSG = 10,
  OPERATION_ACCEPT = 13,
  OPERATION_CANCEL = 14,
  OPERATION_CONNECT = 16,
  OPERATION_OPENAT = 18,
  OPERATION_CLOSE = 19,
  OPERATION_STATX = 21,
  OPERATION_READ = 22,
  OPERATION_WRITE = 23,
  OPERATION_SEND = 26,
  OPERATION_RECV = 27,
  OPERATION_SEND_ZC = 47,
  FLAG_BUFFER_SELECT = 1 << 5,
  FLAG_SKIP_SUCCESS = 1 << 6,
  POLL_MULTISHOT = 1,
  ACCEPT_MULTISHOT = 1,
  RECEIVE_MULTISHOT = 2,
  SEND_REPORT_USAGE = 8,
  COMPLETION_HAS_BUFFER = 1,
  BUFFER_SHIFT = 16,
};

// As many as one look brings. Small ones, so that they stay in the processor's cache: each is emptied as soon
// as it is filled.
enum { BUFFERS = 128, BUFFER_SIZE = 4096 };

struct asyncio_ring {
  int descriptor;
  bool is_started;
  void *queues;
  size_t queues_size;
  struct submission *submissions;
  size_t submissions_size;
  uint32_t *submission_head, *submission_tail, *queue_flags;
  uint32_t submission_mask, tail, submitted;
  struct asyncio_completion *completions;
  uint32_t *completion_head, *completion_tail;
  uint32_t completion_mask;
  struct buffer *buffers;
  uint8_t *memory;
  uint16_t buffers_tail;
};

/// A new request, to be filled in; all zero but for what is given.
struct submission *asyncio_ring_prepare(struct asyncio_ring *ring, uint8_t opcode, int descriptor, uint64_t data);

#endif
