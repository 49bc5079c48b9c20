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
final class TaskRecord: @unchecked Sendable {
  @TaskLocal static var current: TaskRecord?

  let id: UInt64
  let name: String?
  let site: SourceSite
  let loop: EventLoop
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

  init(name: String?, site: SourceSite, loop: EventLoop, survivesShutdown: Bool = false) {
    id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
    self.name = name
    self.site = site
    self.loop = loop
    self.survivesShutdown = survivesShutdown
  }

  /// Called when the task runs for the first time.
  func beginRun() {
    wait.store(WaitReason.nothing.rawValue, ordering: .relaxed)
    loop.noteRunning(self)
  }

  func beginWait(_ reason: WaitReason) {
    wait.store(reason.rawValue, ordering: .relaxed)
  }

  /// Called when the task runs again: names the step for the slow-step report.
  func endWait() {
    wait.store(WaitReason.nothing.rawValue, ordering: .relaxed)
    loop.noteRunning(self)
  }

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

/// A place in the source.
struct SourceSite: Sendable, CustomStringConvertible {
  let file: StaticString
  let line: UInt

  init(_ file: StaticString, _ line: UInt) {
    self.file = file
    self.line = line
  }

  var description: String { "\(file):\(line)" }
}

/// Any task, for cancelling it and telling it apart.
///
/// A `Task` is one reference, whatever its types.
struct ErasedTask: Sendable {
  private let task: Task<Void, Never>

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
