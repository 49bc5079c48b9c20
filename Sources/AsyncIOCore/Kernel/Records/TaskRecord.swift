// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// What the loop knows about a task that this package started.
///
/// The task and the children it runs parts of itself in (the body of a timeout, say) carry it as a
/// task-local value.
///
/// Unchecked: the links and the handle belong to the registry and are touched under its lock; what serves the
/// waits of a task that waits often is set once, by that task; the rest never changes, or is atomic.
@usableFromInline
package final class TaskRecord: @unchecked Sendable {
  static let bound = TaskLocal<TaskRecord?>(wrappedValue: nil)

  /// The record of the running task.
  static var current: TaskRecord? {
    unretainedCurrent?.takeUnretainedValue()
  }

  // In an order without gaps: every task has one of these.

  private let label: TaskLabel
  private let wait = Atomic<UInt8>(TaskRecord.notStarted)
  private let traits: TaskTraits
  /// Under the registry's lock.
  var isFinished = false
  /// How many timeouts would end a wait of the task; stays at the largest number.
  private let timeouts: Atomic<UInt8>
  private let line: UInt32
  private let file: SourceSite.File
  let id: UInt64
  @usableFromInline let loop: EventLoop

  // Under the registry's lock.
  var handle: ErasedTask?
  unowned(unsafe) var previous: TaskRecord?
  unowned(unsafe) var next: TaskRecord?

  private static let notStarted: UInt8 = .max
  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(label: TaskLabel, site: SourceSite, loop: EventLoop, _ traits: TaskTraits) {
    id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
    self.label = label
    file = site.file
    line = site.line
    self.loop = loop
    let parent = traits.contains(.isStructured) ? Self.current : nil
    let outlives = parent?.survivesShutdown == true
    self.traits = outlives ? traits.union(.survivesShutdown) : traits
    timeouts = Atomic(parent?.isTimed == true ? 1 : 0)
  }

  var site: SourceSite { SourceSite(file, line) }
  var survivesShutdown: Bool { traits.contains(.survivesShutdown) }

  /// Takes its place in the loop's list, and cancels the task if the loop is ending.
  @usableFromInline
  func join(_ task: ErasedTask) {
    let mustCancel = loop.registry.withLock { $0.add(self, handle: task) }
    if mustCancel { task.cancel() }
  }

  @usableFromInline
  func beginRun() {
    wait.store(WaitReason.nothing.rawValue, ordering: .relaxed)
    loop.noteRunning(self)
  }

  @usableFromInline
  func endRun() { loop.noteFinished(self) }

  /// The task ends with an error, which ought to be retrieved.
  @usableFromInline
  func noteFailure(_ error: any Error) {
    if !traits.contains(.reportsError) || error is CancellationError { return }
    withUnsafeCurrentTask { task in
      if let task { UnretrievedErrors.add(ErasedTask(task), record: self, error: error) }
    }
  }

  /// After another task ran inside the running task's step.
  @usableFromInline
  static func noteRunningAgain() {
    if let record = current { record.loop.noteRunning(record) }
  }

  func beginWait(_ reason: WaitReason) {
    wait.store(reason.rawValue, ordering: .relaxed)
  }

  /// Called when the task runs again: names the step for the slow-step report.
  func endWait() {
    wait.store(WaitReason.nothing.rawValue, ordering: .relaxed)
    loop.noteRunning(self)
  }

  // MARK: Timeouts

  /// Whether a wait of the task may be ended by a timeout: its own, or one around the scope that it belongs to.
  var isTimed: Bool { timeouts.load(ordering: .relaxed) > 0 }

  /// The body of a timeout begins, or ends.
  func beginTimeout() { changeTimeouts { $0 < .max ? $0 + 1 : $0 } }

  func endTimeout() { changeTimeouts { $0 > 0 && $0 < .max ? $0 - 1 : $0 } }

  /// Two parts of a task may be on two threads.
  @inline(__always)
  private func changeTimeouts(_ change: (UInt8) -> UInt8) {
    var current = timeouts.load(ordering: .relaxed)
    while true {
      let (isDone, now) = timeouts.compareExchange(
        expected: current, desired: change(current), ordering: .relaxed)
      if isDone { return }
      current = now
    }
  }

  var name: String? { label.text }
  var title: String { title(number: id) }
  var titleWithSite: String { "\(title) (created at \(site))" }

  private func title(number: some BinaryInteger) -> String {
    name.map { "task \"\($0)\"" } ?? "task #\(number)"
  }

  /// What the running task is called by its family, in which it has this number.
  @usableFromInline
  static func titleOfRunning(number: Int) -> String {
    current?.title(number: number) ?? "task #\(number)"
  }

  var snapshot: TaskSnapshot {
    let raw = wait.load(ordering: .relaxed)
    let reason = WaitReason(rawValue: raw) ?? .nothing
    let state: TaskSnapshot.State =
      raw == Self.notStarted ? .scheduled : reason == .nothing ? .running : .waiting
    return TaskSnapshot(
      id: id, name: name, state: state, waitsFor: reason, createdAt: site.description)
  }
}

/// Runs `body`, which is the whole of the record's task.
@inlinable @inline(__always)
func perform<Result>(
  _ record: TaskRecord, _ body: () async -> Result
) async -> Result {
  await withBinding(record) {
    record.beginRun()
    defer { record.endRun() }
    return await body()
  }
}
