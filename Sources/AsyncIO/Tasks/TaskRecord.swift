// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// What the loop knows about a task that this package started.
///
/// The task and the children it runs parts of itself in (the body of a timeout, say) carry it as a
/// task-local value.
///
/// Unchecked: the links and the handle belong to the registry and are touched under its lock; the
/// rest never changes, or is atomic.
@usableFromInline
final class TaskRecord: @unchecked Sendable {
  private static let bound = TaskLocal<TaskRecord?>(wrappedValue: nil)

  /// The record of the running task.
  static var current: TaskRecord? {
    unretainedCurrent?.takeUnretainedValue()
  }

  /// The record of the running task, which holds it until it ends.
  fileprivate static var unretainedCurrent: Unmanaged<TaskRecord>? {
    // As `bound.get()`, which takes three times as long.
    taskLocalValue(key)?.load(as: Optional<Unmanaged<TaskRecord>>.self)
  }

  private static let key = unsafeBitCast(bound, to: UInt.self)
  private static let type = unsafeBitCast(TaskRecord?.self, to: UInt.self)

  let id: UInt64
  private let label: TaskLabel
  let site: SourceSite
  @usableFromInline let loop: EventLoop
  /// Whether the end of the run leaves the task alone: it bounds its own time.
  let survivesShutdown: Bool

  private let wait = Atomic<UInt8>(TaskRecord.notStarted)

  // Under the registry's lock.
  var handle: ErasedTask?
  var isFinished = false
  unowned(unsafe) var previous: TaskRecord?
  unowned(unsafe) var next: TaskRecord?

  private static let notStarted: UInt8 = .max
  private static let lastID = Atomic<UInt64>(0)

  @usableFromInline
  init(
    label: TaskLabel, site: SourceSite, loop: EventLoop, isStructured: Bool = false,
    survivesShutdown: Bool = false
  ) {
    id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
    self.label = label
    self.site = site
    self.loop = loop
    self.survivesShutdown =
      survivesShutdown || isStructured && Self.current?.survivesShutdown == true
  }

  /// Takes its place in the loop's list, and cancels the task if the loop is ending.
  @usableFromInline
  func join(_ task: ErasedTask) {
    let mustCancel = loop.registry.withLock { $0.add(self, handle: task) }
    if mustCancel { task.cancel() }
  }

  /// Called when the task runs for the first time.
  @usableFromInline
  func beginRun() {
    pushTaskLocalValue(Self.key, Unmanaged.passRetained(self), Self.type)
    wait.store(WaitReason.nothing.rawValue, ordering: .relaxed)
    loop.noteRunning(self)
  }

  /// Called by the task as the last thing it does, in the function that called `beginRun`.
  @usableFromInline
  func endRun() {
    popTaskLocalValue()
    loop.noteFinished(self)
  }

  /// The task ends with an error that somebody ought to look at.
  @usableFromInline
  func noteUnretrieved(_ error: any Error) {
    if error is CancellationError { return }
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

  var name: String? { label.text }
  var title: String { name.map { "task \"\($0)\"" } ?? "task #\(id)" }

  var snapshot: TaskSnapshot {
    let raw = wait.load(ordering: .relaxed)
    let reason = WaitReason(rawValue: raw) ?? .nothing
    let state: TaskSnapshot.State =
      raw == Self.notStarted ? .scheduled : reason == .nothing ? .running : .waiting
    return TaskSnapshot(
      id: id, name: name, state: state, waitsFor: reason, createdAt: site.description)
  }
}

/// A wait that is noted in the running task's record while it lasts, if the task has one.
struct NotedWait {
  // Not retained: the task has its record until it ends.
  private let record: Unmanaged<TaskRecord>?

  init(_ reason: WaitReason) {
    record = TaskRecord.unretainedCurrent
    record?._withUnsafeGuaranteedRef { $0.beginWait(reason) }
  }

  func end() { record?._withUnsafeGuaranteedRef { $0.endWait() } }
}

/// A place in the source.
@usableFromInline
struct SourceSite: Sendable, CustomStringConvertible {
  @usableFromInline let file: StaticString
  @usableFromInline let line: UInt

  @inlinable
  init(_ file: StaticString, _ line: UInt) {
    self.file = file
    self.line = line
  }

  @usableFromInline
  var description: String { "\(file):\(line)" }
}

/// Any task, for cancelling it and telling it apart.
///
/// A `Task` is one reference, whatever its types.
@usableFromInline
struct ErasedTask: Sendable {
  @usableFromInline let task: Task<Void, Never>

  @inlinable
  init<Success, Failure>(_ task: Task<Success, Failure>) {
    self.task = unsafeBitCast(task, to: Task<Void, Never>.self)
  }

  init(_ task: UnsafeCurrentTask) {
    self.task = unsafeBitCast(task, to: Task<Void, Never>.self)
  }

  func cancel() { task.cancel() }

  /// The same for all references to one task, and for no other task that lives.
  var identity: UInt { unsafeBitCast(task, to: UInt.self) }

  /// Whether this is the only reference left: nobody can await the task any more.
  mutating func isLastReference() -> Bool {
    withUnsafeMutablePointer(to: &self) { pointer in
      pointer.withMemoryRebound(to: AnyObject.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    }
  }
}

@_silgen_name("asyncio_task_local_value")
private func taskLocalValue(_ key: UInt) -> UnsafeRawPointer?

// The two halves of `TaskLocal.withValue`, as `CAsyncIO/task.c` has them.

@_silgen_name("asyncio_task_local_push")
private func pushTaskLocalValue(_ key: UInt, _ value: Unmanaged<TaskRecord>, _ type: UInt)

@_silgen_name("asyncio_task_local_pop")
private func popTaskLocalValue()
