// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// Starts a task for each number, in order, and lets all of them run until they wait or end.
func startInTurn(
  _ numbers: ClosedRange<Int>, _ body: @escaping @Sendable (_ number: Int) async throws -> Void
) async -> [Task<Void, any Error>] {
  var tasks: [Task<Void, any Error>] = []
  for number in numbers {
    tasks.append(createTask(name: "task \(number)") { try await body(number) })
  }
  await settle()
  return tasks
}

/// Awaits a task that may have been cancelled; other errors are thrown.
func awaitEnd(of task: Task<Void, any Error>) async throws {
  do { try await task.value } catch is CancellationError {}
}

extension Outcome {
  var isGranted: Bool {
    if case .granted = self { true } else { false }
  }

  var isCancelled: Bool { !isGranted }

  var grant: Grant? {
    if case .granted(let grant) = self { grant } else { nil }
  }
}

/// One wait, at an address that stays; all of it is atomic.
final class SingleWait: @unchecked Sendable {
  private let once = OneShot()
  var address: UnsafePointer<OneShot> { once.address }
  var isDecided: Bool { once.isDecided }
  var signal: OneShot.Signal? { once.signal }
  func reset() { once.reset() }
  @discardableResult
  func decide(_ signal: OneShot.Signal) -> Bool { once.decide(signal) }
}
