// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// A primitive in the matrix.
struct MatrixSubject: Sendable {
  let name: String
  let make: @Sendable () throws -> any MatrixState

  static let all: [MatrixSubject] = [
    MatrixSubject(name: "lock") { LockState() },
    MatrixSubject(name: "semaphore") { SemaphoreState(permits: 1) },
    MatrixSubject(name: "semaphore2") { SemaphoreState(permits: 2) },
    MatrixSubject(name: "event") { EventState() },
    MatrixSubject(name: "condition") { ConditionState() },
    MatrixSubject(name: "barrier") { BarrierState() },
    MatrixSubject(name: "get") { GetState(AsyncQueue()) },
    MatrixSubject(name: "get-lifo") { GetState(AsyncLIFOQueue()) },
    MatrixSubject(name: "get-priority") { GetState(AsyncPriorityQueue()) },
    MatrixSubject(name: "put") { PutState(AsyncQueue(maxSize: 1)) },
    MatrixSubject(name: "put-lifo") { PutState(AsyncLIFOQueue(maxSize: 1)) },
    MatrixSubject(name: "put-priority") { PutState(AsyncPriorityQueue(maxSize: 1)) },
    MatrixSubject(name: "join") { JoinState() },
    MatrixSubject(name: "scope") {
      GateState { gate in
        try await withTaskScope { scope in
          scope.spawn { try await gate.wait() }
          try await gate.wait()
        }
      }
    },
    MatrixSubject(name: "gather") {
      GateState { gate in _ = try await gather(0..<2) { _ in try await gate.wait() } }
    },
    MatrixSubject(name: "race") {
      GateState { gate in
        try await race({ try await gate.wait() }, { try await gate.wait() })
      }
    },
    MatrixSubject(name: "timeout") {
      GateState { gate in try await withTimeout(.seconds(3600)) { try await gate.wait() } }
    },
    MatrixSubject(name: "shield") {
      GateState { gate in try await shield { try await gate.wait() } }
    },
    MatrixSubject(name: "wait") {
      GateState { gate in
        let task = createTask { try await gate.wait() }
        defer { task.cancel() }
        _ = try await wait(for: [task])
      }
    },
  ]
}

/// One instance of a primitive, in one run of a cell: set up so that everybody who waits for it has
/// to, until it is granted.
protocol MatrixState: Sendable {
  /// Waits for a grant, calls `served` while it has it, and gives it back.
  func wait(_ number: Int, served: @Sendable () -> Void) async throws
  /// Makes one grant, without suspending.
  func grant()
  /// Ends the primitive; false when it has no such thing.
  func shutDown() -> Bool
  /// Grants until nobody waits any more.
  func finish()
  /// How many must have been served after so many grants, if `undisturbed` tasks wait in peace.
  func mustServe(grants: Int, undisturbed: Int) -> Int
  /// Throws when something was lost or doubled.
  ///
  /// Called when every task has ended.
  func check(served: [Int]) throws
}

extension MatrixState {
  func shutDown() -> Bool { false }
  func mustServe(grants: Int, undisturbed: Int) -> Int { grants > 0 ? undisturbed : 0 }
}
