// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// Runs one cell of the matrix under the schedule of its loop.
struct MatrixRun: Sendable {
  static let waiters = 4
  /// The one to whom it happens: the first in line, who gets the grant.
  static let victim = 0
  private static let limit = Duration.seconds(1)

  private enum Outcome: Sendable {
    case served
    case failed(any Error)
  }

  private let cell: MatrixCell
  private let state: any MatrixState
  private let served = Log<Int>()
  private let outcomes = Log<(number: Int, outcome: Outcome)>()
  private let grants = Guarded(0)

  init(_ cell: MatrixCell) throws {
    self.cell = cell
    state = try cell.subject.make()
  }

  func perform() async throws {
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<Self.waiters {
      tasks.append(createTask(name: "waiter \(number)") { await wait(number) })
      // In line, before the next one comes: whatever the schedule.
      await settle()
    }
    if cell.action == .timeout {
      try await grantAroundTheLimit()
    } else {
      try await grantAround { [tasks] in act(on: tasks) }
    }
    await settle()
    try checkNobodyWasForgotten()
    state.finish()
    for task in tasks { try await task.value }
    await settle()
    try checkOutcomes()
    try state.check(served: served.entries)
    let left = EventLoop.current?.tasks.filter { $0.name != "main" } ?? []
    try require(left.isEmpty, "tasks are left: \(left)")
    try require(EventLoop.current?.timers.isEmpty == true, "a timer is left")
  }

  private func wait(_ number: Int) async {
    do {
      if cell.action == .timeout, number == Self.victim {
        try await withTimeout(Self.limit) { try await waitInLine(number) }
      } else {
        try await waitInLine(number)
      }
      outcomes.record((number, .served))
    } catch {
      outcomes.record((number, .failed(error)))
    }
  }

  private func waitInLine(_ number: Int) async throws {
    try await state.wait(number) { served.record(number) }
  }

  private func grant() {
    grants.withLock { $0 += 1 }
    state.grant()
  }

  private func grantAround(_ action: @escaping @Sendable () -> Void) async throws {
    switch cell.moment {
    case .before:
      action()
      await settle()
      grant()
    case .at:
      let both = [createTask { action() }, createTask { grant() }]
      for task in both { try await task.value }
    case .after:
      grant()
      await settle()
      action()
    }
  }

  private func grantAroundTheLimit() async throws {
    switch cell.moment {
    case .before:
      try await sleep(for: Self.limit * 2)
      grant()
    case .at:
      try await sleep(for: Self.limit)
      grant()
    case .after:
      grant()
      grant()
      try await sleep(for: Self.limit * 2)
    }
  }

  private func act(on tasks: [Task<Void, any Error>]) {
    switch cell.action {
    case .cancel: tasks[Self.victim].cancel()
    case .timeout: break
    case .shutdown: if !state.shutDown() { for task in tasks { task.cancel() } }
    case .release: grant()
    }
  }

  /// Grants do not get lost, whatever happens to one of those who wait.
  private func checkNobodyWasForgotten() throws {
    guard cell.action != .shutdown else { return }
    let undisturbed = cell.action == .release ? Self.waiters : Self.waiters - 1
    let grants = grants.withLock { $0 }
    let minimum = state.mustServe(grants: grants, undisturbed: undisturbed)
    // A grant that the victim has used, before it was disturbed or in spite of it, is well used.
    try require(
      served.entries.count >= minimum,
      "\(grants) grants have served \(served.entries) only, of \(undisturbed) undisturbed")
  }

  /// Each has ended as the action allows, and not otherwise.
  private func checkOutcomes() throws {
    let all = outcomes.entries
    try require(all.count == Self.waiters, "\(all.count) of \(Self.waiters) have ended")
    for case (let number, .failed(let error)) in all {
      let isAllowed =
        switch cell.action {
        case .cancel: number == Self.victim && error is CancellationError
        case .timeout: number == Self.victim && error is TimeoutError
        case .shutdown:
          error is CancellationError || error is QueueShutDownError || error is BrokenBarrierError
        case .release: false
        }
      try require(isAllowed, "waiter \(number) ended with \(error)")
    }
  }
}
