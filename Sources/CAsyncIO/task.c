// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// What `withTaskCancellationHandler` is made of. The runtime's two functions are part of its binary
// interface: the standard library's own inlined code calls them. The record lives on the task's
// stack, so the two calls come in pairs, in one function, and nest.

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
