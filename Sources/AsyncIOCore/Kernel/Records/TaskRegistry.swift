// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The tasks of a loop that have not ended: what keeps them, lists them and cancels them at the
/// end.
///
/// A linked list through the records, so that joining and leaving cost no memory and O(1).
package struct TaskRegistry {
  // Invariant: the records from `first` by `next` to `last` are those that joined and did not
  // leave; each is retained once by the list.
  private unowned(unsafe) var first: TaskRecord?
  private unowned(unsafe) var last: TaskRecord?
  package private(set) var count = 0
  private(set) var isCancelled = false

  /// Adds a task; true when it has to be cancelled at once, because the loop is ending.
  mutating func add(_ record: TaskRecord, handle: ErasedTask) -> Bool {
    // On another thread a task may end before its creator comes here.
    if record.isFinished { return false }
    _ = Unmanaged.passRetained(record)
    record.handle = handle
    record.previous = last
    if let last { last.next = record } else { first = record }
    last = record
    count += 1
    return isCancelled && !record.survivesShutdown
  }

  /// Takes a task out, and gives its handle back, to be released outside the lock.
  mutating func remove(_ record: TaskRecord) -> ErasedTask? {
    record.isFinished = true
    guard let handle = record.handle else { return nil }
    record.handle = nil
    if let previous = record.previous { previous.next = record.next } else { first = record.next }
    if let next = record.next { next.previous = record.previous } else { last = record.previous }
    count -= 1
    Unmanaged.passUnretained(record).release()
    return handle
  }

  /// The handles of all tasks that are to be cancelled; from now on newcomers are, too.
  mutating func cancelAll() -> [ErasedTask] {
    isCancelled = true
    return records.filter { !$0.survivesShutdown }.compactMap(\.handle)
  }

  /// - Parameters:
  ///   - ready: The jobs that are ready, where that is known.
  ///   - running: The address of the running task's record.
  func snapshots(ready: Set<UInt>?, running: UInt) -> [TaskSnapshot] {
    let records = records
    let snapshots = records.map(\.snapshot)
    guard let ready, ready.isSubset(of: records.compactMap { $0.handle?.identity }) else {
      return snapshots
    }
    return zip(records, snapshots).map { record, snapshot in
      let isReady = record.handle.map { ready.contains($0.identity) } ?? true
      let isRunning = UInt(bitPattern: Unmanaged.passUnretained(record).toOpaque()) == running
      return snapshot.state == .running && !isReady && !isRunning
        ? snapshot.suspendedElsewhere : snapshot
    }
  }

  func record(withIdentity identity: UInt) -> TaskRecord? {
    records.first { $0.handle?.identity == identity }
  }

  func record(at address: UInt) -> TaskRecord? {
    records.first { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) == address }
  }

  private var records: [TaskRecord] {
    var records: [TaskRecord] = []
    records.reserveCapacity(count)
    var record = first
    while let current = record {
      records.append(current)
      record = current.next
    }
    return records
  }
}
