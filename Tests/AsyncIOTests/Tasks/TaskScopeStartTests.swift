// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TaskScopeStartTests {
  @Test func `Start returns the value once the child is ready, and the child goes on`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        let port: Int = try await scope.start { ready in
          try await sleep(for: .seconds(1))
          ready(8080)
          try await sleep(for: .seconds(1))
          log.record("child ended")
        }
        log.record("ready on \(port)")
      }
    }
    #expect(log.entries == ["ready on 8080", "child ended"])
  }

  @Test func `Only the first call of ready counts`() throws {
    let value = try onLoop {
      try await withTaskScope { scope in
        try await scope.start { (ready: ReadySignal<Int>) in
          ready(1)
          ready(2)
        }
      }
    }
    #expect(value == 1)
  }

  @Test func `An error before the child is ready is thrown there and fails nobody`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        scope.spawn {
          try await sleep(for: .seconds(1))
          log.record("sibling")
        }
        await #expect(throws: TestFailure("no port")) {
          let _: Int = try await scope.start { _ in throw TestFailure("no port") }
        }
      }
    }
    #expect(log.entries == ["sibling"])
  }

  @Test func `An error after the child was ready fails the scope`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          let _: Int = try await scope.start(name: "server") { ready in
            ready(1)
            try await sleep(for: .seconds(1))
            throw TestFailure("later")
          }
          try await sleep(for: .seconds(60))
        }
      }
    }
    #expect(error?.first(of: TestFailure.self) == TestFailure("later"))
    #expect(error?.description.contains("server") == true)
  }

  @Test func `A child that ends without being ready throws NeverReadyError`() throws {
    try onLoop {
      try await withTaskScope { scope in
        _ = await #expect(throws: NeverReadyError.self) {
          let _: Int = try await scope.start { _ in }
        }
      }
    }
  }

  @Test func `B66 Start cancelled while it waits cancels this child only`() throws {
    let log = Log<String>()
    try onLoop {
      try await withTaskScope { scope in
        scope.spawn {
          try await sleep(for: .seconds(5))
          log.record("sibling")
        }
        await #expect(throws: TimeoutError.self) {
          try await withTimeout(.seconds(1)) {
            let _: Int = try await scope.start { _ in
              defer { log.record("child ended") }
              try await sleep(for: .seconds(60))
            }
          }
        }
        log.record("start ended")
        #expect(scope.runningChildren <= 2)
        scope.spawn { log.record("newcomer") }
      }
    }
    #expect(log.entries == ["child ended", "start ended", "newcomer", "sibling"])
  }

  @Test func `An error in the clean-up of a start that was cancelled is not lost`() throws {
    let error = #expect(throws: ErrorGroup.self) {
      try onLoop {
        try await withTaskScope { scope in
          _ = try await moveOn(after: .seconds(1)) {
            let _: Int = try await scope.start { _ in
              do { try await sleep(for: .seconds(60)) } catch { throw TestFailure("clean-up") }
            }
          }
        }
      }
    }
    #expect(error?.first(of: TestFailure.self) == TestFailure("clean-up"))
  }

  @Test func `B62 Start in a finished scope throws`() throws {
    let log = Log<String>()
    try onLoop {
      let scope = try await withTaskScope { $0 }
      await #expect(throws: TaskScopeClosedError.self) {
        let _: Int = try await scope.start { ready in
          log.record("ran")
          ready(1)
        }
      }
    }
    #expect(log.entries.isEmpty)
  }

  @Test func `B62 Start in a cancelled scope throws`() throws {
    try onLoop {
      try await withTaskScope { scope in
        scope.cancel()
        // Another task, which is not cancelled.
        let task = createTask { () -> Int in
          try await scope.start { ready in ready(1) }
        }
        try await withCancellationShield(grace: .seconds(9)) {
          _ = await #expect(throws: TaskScopeClosedError.self) { _ = try await task.value }
        }
      }
    }
  }

  @Test func `A cancelled scope ends a start that waits`() throws {
    try onLoop {
      _ = await #expect(throws: CancellationError.self) {
        try await withTaskScope { scope in
          let task = createTask { () -> Int in
            try await scope.start { _ in try await sleep(for: .seconds(60)) }
          }
          await settle()
          scope.cancel()
          _ = try await task.value
        }
      }
    }
  }
}
