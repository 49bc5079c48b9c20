// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "ring_kernel.h"

#include "CAsyncIO.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

static void provide(struct asyncio_ring *ring, uint16_t number) {
  struct buffer *buffer = &ring->buffers[ring->buffers_tail & (BUFFERS - 1)];
  buffer->address = (uint64_t)(uintptr_t)(ring->memory + (size_t)number * BUFFER_SIZE);
  buffer->length = BUFFER_SIZE;
  buffer->number = number;
  ring->buffers_tail++;
  STORE(&ring->buffers[0].tail, ring->buffers_tail);
}

static bool register_buffers(struct asyncio_ring *ring) {
  int protection = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
  ring->buffers = mmap(NULL, BUFFERS * sizeof(struct buffer), protection, kind, -1, 0);
  if (ring->buffers == MAP_FAILED) return false;
  ring->memory = mmap(NULL, (size_t)BUFFERS * BUFFER_SIZE, protection, kind, -1, 0);
  if (ring->memory == MAP_FAILED) return false;
  struct buffer_registration registration = {.ring = (uint64_t)(uintptr_t)ring->buffers, .entries = BUFFERS};
  if (syscall(SYS_io_uring_register, ring->descriptor, REGISTER_BUFFERS, &registration, 1) != 0) return false;
  for (uint16_t number = 0; number < BUFFERS; number++) provide(ring, number);
  return true;
}

struct asyncio_ring *asyncio_ring_create(unsigned entries) {
  struct asyncio_ring *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  ring->queues = ring->memory = MAP_FAILED;
  ring->submissions = MAP_FAILED;
  ring->buffers = MAP_FAILED;
  struct parameters parameters = {
      .flags = SETUP_CQSIZE | SETUP_DISABLED | SETUP_SUBMIT_ALL | SETUP_COOP_TASKRUN | SETUP_TASKRUN_FLAG |
               SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN,
      .completion_entries = entries * 8,
  };
  ring->descriptor = (int)syscall(SYS_io_uring_setup, entries, &parameters);
  if (ring->descriptor >= 0 && ring->descriptor <= 2) ring->descriptor = asyncio_lift(ring->descriptor);
  const uint32_t needed = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG;
  bool is_made = ring->descriptor >= 0;
  if (is_made && (parameters.features & needed) != needed) {
    errno = ENOSYS;
    is_made = false;
  }
  if (is_made && map_queues(ring, &parameters) && register_buffers(ring)) return ring;
  int saved = errno;
  asyncio_ring_destroy(ring);
  errno = saved;
  return NULL;
}

void asyncio_ring_destroy(struct asyncio_ring *ring) {
  if (ring->descriptor >= 0) close(ring->descriptor);
  if (ring->queues != MAP_FAILED) munmap(ring->queues, ring->queues_size);
  if (ring->submissions != MAP_FAILED) munmap(ring->submissions, ring->submissions_size);
  // After the ring, which is the last to write here.
  if (ring->buffers != MAP_FAILED) munmap(ring->buffers, BUFFERS * sizeof(struct buffer));
  if (ring->memory != MAP_FAILED) munmap(ring->memory, (size_t)BUFFERS * BUFFER_SIZE);
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

// So many completions are enough for one look; fewer than there are buffers to receive into.
enum { LARGEST_LOOK = 96 };

int asyncio_ring_enter(struct asyncio_ring *ring, int64_t timeout) {
  struct timespec time = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
  struct wait_argument argument = {.timeout = timeout > 0 ? (uint64_t)(uintptr_t)&time : 0};
  // What has come already is not waited for.
  bool has_some = LOAD(ring->completion_tail) != *ring->completion_head;
  uint32_t wanted = timeout == 0 || has_some ? 0 : 1;
  int number = enter(ring, wanted, ENTER_GETEVENTS | ENTER_EXT_ARG, &argument, sizeof argument);
  // The kernel hands over twenty at a time. The flag that there is more may be left over from what it has handed
  // over: a look that brings nothing is the last.
  uint32_t before = *ring->completion_head;
  while (number == 0 && (LOAD(ring->queue_flags) & QUEUE_HAS_TASK_WORK)) {
    uint32_t tail = LOAD(ring->completion_tail);
    if (tail == before || tail - *ring->completion_head >= LARGEST_LOOK) break;
    before = tail;
    number = enter(ring, 0, ENTER_GETEVENTS, NULL, 0);
  }
  return number == ETIME || number == EINTR ? 0 : number;
}

void asyncio_ring_submit(struct asyncio_ring *ring) {
  asyncio_ring_start(ring);
  // Short of memory, the kernel leaves some.
  while (ring->tail != ring->submitted) {
    if (enter(ring, 0, ENTER_GETEVENTS, NULL, 0) != 0) sched_yield();
  }
}

bool asyncio_ring_next(struct asyncio_ring *ring, struct asyncio_completion *completion) {
  uint32_t head = *ring->completion_head;
  if (head == LOAD(ring->completion_tail)) return false;
  *completion = ring->completions[head & ring->completion_mask];
  STORE(ring->completion_head, head + 1);
  return true;
}

uint64_t asyncio_ring_upcoming(const struct asyncio_ring *ring) {
  return ring->completions[*ring->completion_head & ring->completion_mask].data;
}

const void *asyncio_ring_received(struct asyncio_ring *ring, const struct asyncio_completion *completion) {
  if (!(completion->flags & COMPLETION_HAS_BUFFER)) return NULL;
  return ring->memory + (size_t)(completion->flags >> BUFFER_SHIFT) * BUFFER_SIZE;
}

void asyncio_ring_give_back(struct asyncio_ring *ring, const struct asyncio_completion *completion) {
  if (completion->flags & COMPLETION_HAS_BUFFER) provide(ring, (uint16_t)(completion->flags >> BUFFER_SHIFT));
}

// MARK: Preparing

struct submission *asyncio_ring_prepare(struct asyncio_ring *ring, uint8_t opcode, int descriptor, uint64_t data) {
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
