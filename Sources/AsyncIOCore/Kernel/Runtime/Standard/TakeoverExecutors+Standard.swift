// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  /// The standard library has no way to replace the process's executors: no loop takes over.
  package enum TakeoverExecutors {
    package static func obstacle(isEntryPoint: Bool = false) -> TakeoverObstacle? { .notOffered }

    static func noticeOtherExecutor() {}

    static func attach(_ loop: EventLoop) { failRequirement("EventLoop: no loop can take over") }

    static func detach(_ loop: EventLoop) {}

    static func enqueue(_ entry: ReadyEntry) { failRequirement("EventLoop: no loop can take over") }

    static func runOnMainActor(_ job: UnownedJob) {
      failRequirement("EventLoop: no loop can take over")
    }

    static var defaultReference: UnownedTaskExecutor {
      failRequirement("EventLoop: no loop can take over")
    }
  }
#endif
