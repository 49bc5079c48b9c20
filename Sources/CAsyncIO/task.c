// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// What `withTaskCancellationHandler` is made of. The runtime's two functions are part of its binary
// interface: the standard library's own inlined code calls them. The record lives on the task's
// stack, so the two calls come in pairs, in one function, and nest.

#include "CAsyncIO.h"

#include <stdbool.h>
#include <stdint.h>

#define SWIFT_CC __attribute__((swiftcall))
#define SWIFT_CONTEXT __attribute__((swift_context))

typedef SWIFT_CC void (*cancellation_handler)(SWIFT_CONTEXT void *context);

extern SWIFT_CC void *swift_task_addCancellationHandler(cancellation_handler handler, void *context);
extern SWIFT_CC void swift_task_removeCancellationHandler(void *record);

SWIFT_CC void *asyncio_add_cancellation_handler(cancellation_handler handler, void *context) {
  return swift_task_addCancellationHandler(handler, context);
}

SWIFT_CC void asyncio_remove_cancellation_handler(void *record, cancellation_handler handler,
                                                  void *context) {
  (void)handler;
  (void)context;
  swift_task_removeCancellationHandler(record);
}

// A handler for the whole life of a task: calls `asyncio_task_was_cancelled`, which is written in Swift.
extern void asyncio_task_was_cancelled(void *cancellation);

static SWIFT_CC void call_cancellation(SWIFT_CONTEXT void *cancellation) {
  asyncio_task_was_cancelled(cancellation);
}

SWIFT_CC void *asyncio_task_watch_cancellation(void *cancellation) {
  return swift_task_addCancellationHandler(call_cancellation, cancellation);
}

SWIFT_CC void asyncio_task_unwatch_cancellation(void *handle) {
  swift_task_removeCancellationHandler(handle);
}

// The two words of a closure, kept where a canceller finds them.
struct closure {
  cancellation_handler function;
  void *context;
};

SWIFT_CC void asyncio_closure_store(struct closure *place, cancellation_handler handler, void *context) {
  place->function = handler;
  place->context = context;
}

// Does nothing: whoever calls it keeps the closure until then.
SWIFT_CC void asyncio_closure_keep(cancellation_handler handler, void *context) {
  (void)handler;
  (void)context;
}

SWIFT_CC void asyncio_closure_call(struct closure *place) { place->function(place->context); }

/// The running task, or null.
extern SWIFT_CC void *swift_task_getCurrent(void);

SWIFT_CC void *asyncio_task_current(void) { return swift_task_getCurrent(); }

// What `Task.isCancelled` asks, without a reference to the task: a quarter of the instructions.
extern SWIFT_CC bool swift_task_isCancelled(void *task);

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

// What `TaskLocal.get()` looks its value up with; null when the running task has none.
extern SWIFT_CC void *swift_task_localValueGet(uintptr_t key);

SWIFT_CC void *asyncio_task_local_value(uintptr_t key) { return swift_task_localValueGet(key); }

// What `TaskLocal.withValue` is made of: binds `value`, a reference that it takes over, for the
// running task. The binding lives on the task's stack: the two calls come in pairs, and nest.
extern SWIFT_CC void swift_task_localValuePush(uintptr_t key, void **value, uintptr_t type);
extern SWIFT_CC void swift_task_localValuePop(void);

SWIFT_CC void asyncio_task_local_push(uintptr_t key, void *value, uintptr_t type) {
  swift_task_localValuePush(key, &value, type);
}

SWIFT_CC void asyncio_task_local_pop(void) { swift_task_localValuePop(); }
