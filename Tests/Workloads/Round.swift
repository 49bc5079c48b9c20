// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// One run of one workload: its seed, its size and its place.
public struct Round: Sendable {
  /// The name of the workload.
  public let workload: String
  /// Where the tasks run.
  public let place: Place
  /// The seed of all random choices.
  ///
  /// Threads interleave as they like, so a seed repeats the choices, not the schedule.
  public let seed: UInt64
  /// About how many operations to run.
  public let operations: Int

  let tokens = LiveCount()
  let progress: Counter

  /// Runs a workload once, and checks that nothing is left of it.
  ///
  /// - `progress`: Counts the operations that have ended.
  /// - `limit`: How long no operation may end before the process is aborted with a message.
  ///
  /// Throws ``Violation`` when an invariant does not hold.
  public static func run(
    _ workload: any Workload, on place: Place, seed: UInt64, operations: Int,
    progress: Counter = Counter(), limit: Duration = .seconds(60)
  ) async throws {
    let round = Round(
      workload: workload.name, place: place, seed: seed, operations: operations,
      progress: Counter())
    let key = HangWatch.shared.begin(
      round.title, round.progress, limit: limit, details: { round.waitingTasks })
    defer {
      HangWatch.shared.end(key)
      progress.add(round.progress.value)
    }
    try await workload.run(round)
    try await round.checkThatNothingIsLeft()
  }

  private init(
    workload: String, place: Place, seed: UInt64, operations: Int, progress: Counter
  ) {
    self.workload = workload
    self.place = place
    self.seed = seed
    self.operations = operations
    self.progress = progress
  }

  private var title: String { "workload \(workload) on \(place), seed \(seed)" }

  private var waitingTasks: String {
    // Tasks outside loops are listed by the loop in the background.
    let tasks = (place.loops + [EventLoop.forCaller]).flatMap(\.tasks)
    let shown = tasks.prefix(30).map { "  \($0)\n" }.joined()
    return shown + (tasks.count > 30 ? "  and \(tasks.count - 30) more\n" : "")
  }

  /// Throws a violation unless `condition` holds.
  func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if condition { return }
    throw Violation(workload: workload, place: "\(place)", seed: seed, what: what())
  }

  /// Runs `body` in so many tasks at once, spread over the place, and waits for all.
  ///
  /// The first error ends the wait; what the other lanes do then is of no interest any more.
  func lanes(
    _ count: Int, _ body: @escaping @Sendable (Lane) async throws -> Void
  ) async throws {
    let running = Counter(count)
    let end = Delivery<Void>()
    for index in 0..<count {
      try place.start(index) { [self] in
        do {
          try await body(Lane(self, index))
          if running.add(-1) == 0 { end.leave(.success(())) }
        } catch {
          end.leave(.failure(error))
        }
      }
    }
    try await end.value()
  }

  /// What is left goes soon after the last operation, since other threads may still hold it.
  private func checkThatNothingIsLeft() async throws {
    for _ in 0..<10_000 where tokens.value > 0 { try await Task.sleep(for: .milliseconds(1)) }
    try check(tokens.value == 0, "\(tokens.value) closures have outlived their work")
  }
}
