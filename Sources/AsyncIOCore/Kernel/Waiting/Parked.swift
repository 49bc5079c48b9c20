// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A task that waits in a line: the waiter of every line in the package.
///
/// Points to where its outcome is to be left, which is in the waiting function's own frame: a wait allocates
/// nothing.
///
/// Unchecked: the outcome is written once, by whoever takes the waiter out of its line, before the
/// wait is decided; the task reads it afterwards.
@usableFromInline
package struct Parked<Grant>: @unchecked Sendable {
  @usableFromInline let cell: UnsafeMutablePointer<ParkingCell<Grant>>

  /// The cell has to live, and is not to be touched by its owner, until the wait is over.
  @inlinable
  init(_ cell: inout ParkingCell<Grant>) {
    // A cell has atomics in it, so the compiler keeps it in memory, at one address; its later use keeps it in the
    // frame. The language promises neither for a variable: to be looked at again with a new compiler.
    self.cell = withUnsafeMutablePointer(to: &cell) { $0 }
  }

  @inlinable
  var once: UnsafePointer<OneShot> {
    // The first field has the address of the whole.
    UnsafePointer(UnsafeMutableRawPointer(cell).assumingMemoryBound(to: OneShot.self))
  }
}
