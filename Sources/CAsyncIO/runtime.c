// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Entry points of Swift's concurrency runtime, for the direct implementation of `Kernel/Runtime`. They are part of the
// runtime's binary interface: the standard library's own inlined code calls them.
//
// Weak: with a runtime that lacks one, the standard implementation, which calls none of them, still links.

#include "CAsyncIO.h"

#include <stdbool.h>
#include <stdint.h>

#define SWIFT_CC __attribute__((swiftcall))
#define SWIFT_CONTEXT __attribute__((swift_context))
#define RUNTIME extern SWIFT_CC __attribute__((weak))

// The running task, or null; whether a task is cancelled. What `Task.isCancelled` asks, without a reference to the task: a
// quarter of the instructions.
RUNTIME void *swift_task_getCurrent(void);
RUNTIME bool swift_task_isCancelled(void *task);

SWIFT_CC void *asyncio_task_current(void) { return swift_task_getCurrent(); }

SWIFT_CC bool asyncio_is_cancelled(void *task) { return task && swift_task_isCancelled(task); }

SWIFT_CC bool asyncio_task_is_cancelled(void) {
  void *task = swift_task_getCurrent();
  return task && swift_task_isCancelled(task);
}

// Counts an operation of the running step; whether it has to look up before it goes on: the task is cancelled, or has
// done so many that others should have a turn. One call for both, since every operation asks.
SWIFT_CC bool asyncio_task_must_pause(void) {
  return asyncio_spend_operation() || asyncio_task_is_cancelled();
}

// What `withTaskCancellationHandler` is made of. The record lies on the task's stack, so the two calls come in pairs, in
// one function, and nest.
typedef SWIFT_CC void (*cancellation_handler)(SWIFT_CONTEXT void *context);

RUNTIME void *swift_task_addCancellationHandler(cancellation_handler handler, void *context);
RUNTIME void swift_task_removeCancellationHandler(void *record);

SWIFT_CC void *asyncio_add_cancellation_handler(cancellation_handler handler, void *context) {
  return swift_task_addCancellationHandler(handler, context);
}

SWIFT_CC void asyncio_remove_cancellation_handler(void *record) {
  swift_task_removeCancellationHandler(record);
}

// What `TaskLocal.get()` looks its value up with; null when the running task has none.
RUNTIME void *swift_task_localValueGet(uintptr_t key);

SWIFT_CC void *asyncio_task_local_value(uintptr_t key) { return swift_task_localValueGet(key); }

// What `TaskLocal.withValue` is made of: binds `value`, a reference that it takes over, for the
// running task. The binding lies on the task's stack: the two calls come in pairs, and nest.
RUNTIME void swift_task_localValuePush(uintptr_t key, void **value, uintptr_t type);
RUNTIME void swift_task_localValuePop(void);

SWIFT_CC void asyncio_task_local_push(uintptr_t key, void *value, uintptr_t type) {
  swift_task_localValuePush(key, &value, type);
}

SWIFT_CC void asyncio_task_local_pop(void) { swift_task_localValuePop(); }

// The allocator of the running task: what was asked for last is given back first.
RUNTIME void *swift_task_alloc(size_t size);
RUNTIME void swift_task_dealloc(void *memory);

SWIFT_CC void *asyncio_task_alloc(size_t size) { return swift_task_alloc(size); }

SWIFT_CC void asyncio_task_dealloc(void *memory) { swift_task_dealloc(memory); }

// The number the runtime gave to a task; it gives each only once. The function behind `ExecutorJob.description`.
RUNTIME uint64_t swift_task_getJobTaskId(void *task);

SWIFT_CC uint64_t asyncio_task_number(void *task) { return swift_task_getJobTaskId(task); }

// Where other code takes the jobs of the process's default executor: NIO can, on request.
extern void *swift_task_enqueueGlobal_hook __attribute__((weak));

bool asyncio_runtime_has_executor_hook(void) {
  return &swift_task_enqueueGlobal_hook && swift_task_enqueueGlobal_hook;
}
