// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A task that waits in a line: the waiter of every line in the package.
///
/// Points to where its outcome is to be left, which is memory of the task: a wait takes none from the heap.
///
/// Unchecked: the outcome is written once, by the code that takes the waiter out of its line, before the
/// wait is decided; the task reads it afterwards.
@usableFromInline
package struct Parked<Grant>: @unchecked Sendable {
  @usableFromInline let cell: UnsafeMutablePointer<ParkingCell<Grant>>

  /// Makes the running task one that may wait; `deallocate` has to be called in the same function.
  @inlinable
  init() {
    require(MemoryLayout<ParkingCell<Grant>>.alignment <= 16, "Parked: a grant of such alignment")
    let memory = TaskMemory.allocate(byteCount: MemoryLayout<ParkingCell<Grant>>.size)
    cell = memory.bindMemory(to: ParkingCell<Grant>.self, capacity: 1)
    cell.initialize(to: ParkingCell())
  }

  /// Gives the memory back, when the wait is over.
  @inlinable
  func deallocate() {
    cell.deinitialize(count: 1)
    TaskMemory.deallocate(cell)
  }

  /// What was decided, after the wait.
  @inlinable
  func takeOutcome() -> Outcome<Grant> { cell.pointee.outcome.take() ?? .cancelled }

  @inlinable
  var once: UnsafePointer<OneShot> {
    // The first field has the address of the whole.
    UnsafePointer(UnsafeMutableRawPointer(cell).assumingMemoryBound(to: OneShot.self))
  }
}
