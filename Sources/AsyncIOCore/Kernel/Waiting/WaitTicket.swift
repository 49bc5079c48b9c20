// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Names a place in a line.
///
/// Stays harmless after the place is gone: slots count their generations.
@usableFromInline
package struct WaitTicket: Hashable, Sendable {
  @usableFromInline let index: Int
  @usableFromInline let generation: UInt32

  @inlinable
  init(index: Int, generation: UInt32) {
    self.index = index
    self.generation = generation
  }
}
