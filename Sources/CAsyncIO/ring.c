// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "CAsyncIORing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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
  OPERATION_FSYNC = 3,
  OPERATION_POLL = 6,
  OPERATION_CANCEL = 14,
  OPERATION_OPENAT = 18,
  OPERATION_CLOSE = 19,
  OPERATION_STATX = 21,
  OPERATION_READ = 22,
  OPERATION_WRITE = 23,
  OPERATION_RENAMEAT = 35,
  OPERATION_UNLINKAT = 36,
  FLAG_SKIP_SUCCESS = 1 << 6,
  POLL_MULTISHOT = 1,
};

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
};

#define LOAD(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define STORE(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)

// MARK: Making a ring

static bool map_queues(struct asyncio_ring *ring, const struct parameters *parameters) {
  size_t submissions = parameters->submissions.array + parameters->submission_entries * sizeof(uint32_t);
  size_t completions = parameters->completions.completions +
                       parameters->completion_entries * sizeof(struct asyncio_completion);
  ring->queues_size = submissions > completions ? submissions : completions;
  ring->queues = mmap(NULL, ring->queues_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                      ring->descriptor, 0);
  if (ring->queues == MAP_FAILED) return false;
  ring->submissions_size = parameters->submission_entries * sizeof(struct submission);
  ring->submissions = mmap(NULL, ring->submissions_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                           ring->descriptor, 0x10000000);
  if (ring->submissions == MAP_FAILED) return false;

  uint8_t *base = ring->queues;
  ring->submission_head = (uint32_t *)(base + parameters->submissions.head);
  ring->submission_tail = (uint32_t *)(base + parameters->submissions.tail);
  ring->submission_mask = *(uint32_t *)(base + parameters->submissions.mask);
  ring->queue_flags = (uint32_t *)(base + parameters->submissions.flags);
  ring->completion_head = (uint32_t *)(base + parameters->completions.head);
  ring->completion_tail = (uint32_t *)(base + parameters->completions.tail);
  ring->completion_mask = *(uint32_t *)(base + parameters->completions.mask);
  ring->completions = (struct asyncio_completion *)(base + parameters->completions.completions);
  uint32_t *array = (uint32_t *)(base + parameters->submissions.array);
  for (uint32_t index = 0; index < parameters->submission_entries; index++) array[index] = index;
  return true;
}

struct asyncio_ring *asyncio_ring_create(unsigned entries) {
  struct asyncio_ring *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  ring->queues = MAP_FAILED;
  ring->submissions = MAP_FAILED;
  struct parameters parameters = {
      .flags = SETUP_CQSIZE | SETUP_DISABLED | SETUP_SUBMIT_ALL | SETUP_COOP_TASKRUN | SETUP_TASKRUN_FLAG |
               SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN,
      .completion_entries = entries * 8,
  };
  ring->descriptor = (int)syscall(SYS_io_uring_setup, entries, &parameters);
  const uint32_t needed = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG;
  bool is_made = ring->descriptor >= 0;
  if (is_made && (parameters.features & needed) != needed) {
    errno = ENOSYS;
    is_made = false;
  }
  if (is_made && map_queues(ring, &parameters)) return ring;
  int saved = errno;
  asyncio_ring_destroy(ring);
  errno = saved;
  return NULL;
}

void asyncio_ring_destroy(struct asyncio_ring *ring) {
  if (ring->descriptor >= 0) close(ring->descriptor);
  if (ring->queues != MAP_FAILED) munmap(ring->queues, ring->queues_size);
  if (ring->submissions != MAP_FAILED) munmap(ring->submissions, ring->submissions_size);
  free(ring);
}

void asyncio_ring_start(struct asyncio_ring *ring) {
  if (ring->is_started) return;
  ring->is_started = true;
  syscall(SYS_io_uring_register, ring->descriptor, REGISTER_ENABLE, NULL, 0);
}

// MARK: Submitting and waiting

bool asyncio_ring_is_pending(const struct asyncio_ring *ring) {
  return ring->tail != ring->submitted || LOAD(ring->completion_tail) != *ring->completion_head ||
         (LOAD(ring->queue_flags) & (QUEUE_OVERFLOWED | QUEUE_HAS_TASK_WORK)) != 0;
}

static int enter(struct asyncio_ring *ring, uint32_t wanted, uint32_t flags, void *argument, size_t size) {
  STORE(ring->submission_tail, ring->tail);
  long result = syscall(SYS_io_uring_enter, ring->descriptor, ring->tail - ring->submitted, wanted, flags,
                        argument, size);
  // The head tells what was taken, also when the wait has failed.
  ring->submitted = LOAD(ring->submission_head);
  return result < 0 ? errno : 0;
}

int asyncio_ring_enter(struct asyncio_ring *ring, int64_t timeout) {
  struct timespec time = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
  struct wait_argument argument = {.timeout = timeout > 0 ? (uint64_t)(uintptr_t)&time : 0};
  // What has come already is not waited for.
  bool has_some = LOAD(ring->completion_tail) != *ring->completion_head;
  uint32_t wanted = timeout == 0 || has_some ? 0 : 1;
  int number = enter(ring, wanted, ENTER_GETEVENTS | ENTER_EXT_ARG, &argument, sizeof argument);
  return number == ETIME || number == EINTR ? 0 : number;
}

bool asyncio_ring_next(struct asyncio_ring *ring, struct asyncio_completion *completion) {
  uint32_t head = *ring->completion_head;
  if (head == LOAD(ring->completion_tail)) return false;
  *completion = ring->completions[head & ring->completion_mask];
  STORE(ring->completion_head, head + 1);
  return true;
}

// MARK: Requests

static struct submission *prepare(struct asyncio_ring *ring, uint8_t opcode, int descriptor, uint64_t data) {
  // A full queue is handed over at once; with so many requests the kernel may want its answers taken first.
  while (ring->tail - LOAD(ring->submission_head) > ring->submission_mask) {
    asyncio_ring_start(ring);
    if (enter(ring, 0, ENTER_GETEVENTS, NULL, 0) != 0) sched_yield();
  }
  struct submission *submission = &ring->submissions[ring->tail & ring->submission_mask];
  ring->tail++;
  *submission = (struct submission){.opcode = opcode, .descriptor = descriptor, .data = data};
  return submission;
}

static uint64_t address_of(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

void asyncio_ring_poll(struct asyncio_ring *ring, int descriptor, uint32_t events, bool again, uint64_t data) {
  struct submission *submission = prepare(ring, OPERATION_POLL, descriptor, data);
  submission->length = again ? POLL_MULTISHOT : 0;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  events = events << 16 | events >> 16;
#endif
  submission->operation_flags = events;
}

void asyncio_ring_cancel(struct asyncio_ring *ring, uint64_t request) {
  struct submission *submission = prepare(ring, OPERATION_CANCEL, -1, 0);
  submission->address = request;
  submission->flags = FLAG_SKIP_SUCCESS;
}

void asyncio_ring_open(struct asyncio_ring *ring, const char *path, int flags, uint32_t mode, uint64_t data) {
  struct submission *submission = prepare(ring, OPERATION_OPENAT, AT_FDCWD, data);
  submission->address = address_of(path);
  submission->length = mode;
  submission->operation_flags = (uint32_t)flags;
}

void asyncio_ring_close(struct asyncio_ring *ring, int descriptor, uint64_t data) {
  prepare(ring, OPERATION_CLOSE, descriptor, data);
}

static void transfer(struct asyncio_ring *ring, uint8_t opcode, int descriptor, const void *memory,
                     uint32_t count, int64_t offset, uint64_t data) {
  struct submission *submission = prepare(ring, opcode, descriptor, data);
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

void asyncio_ring_fsync(struct asyncio_ring *ring, int descriptor, uint64_t data) {
  prepare(ring, OPERATION_FSYNC, descriptor, data);
}

void asyncio_ring_rename(struct asyncio_ring *ring, const char *from, const char *to, uint64_t data) {
  struct submission *submission = prepare(ring, OPERATION_RENAMEAT, AT_FDCWD, data);
  submission->address = address_of(from);
  submission->offset = address_of(to);
  submission->length = (uint32_t)AT_FDCWD;
}

void asyncio_ring_unlink(struct asyncio_ring *ring, const char *path, uint64_t data) {
  prepare(ring, OPERATION_UNLINKAT, AT_FDCWD, data)->address = address_of(path);
}

_Static_assert(sizeof(struct asyncio_file_status) >= sizeof(struct statx), "a file's status fits");

void asyncio_ring_status(struct asyncio_ring *ring, int descriptor, const char *path,
                         struct asyncio_file_status *status, uint64_t data) {
  int directory = path[0] ? AT_FDCWD : descriptor;
  struct submission *submission = prepare(ring, OPERATION_STATX, directory, data);
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
