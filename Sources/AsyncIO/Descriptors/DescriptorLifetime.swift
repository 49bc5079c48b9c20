// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// From when on a descriptor may no longer be used, and when its number may be given back.
///
///     open ──beginClosing──► closing ──close──► closed ──the last use ends──► gone
///       └───────────────────close────────────────►
///
/// A number that is given back may be another file's at once. So each call is counted while it uses the descriptor, and the one
/// that ends last after the close is told to give the number back.
///
/// May be used from any thread. Knows no descriptor: tests drive it by itself.
struct DescriptorLifetime: ~Copyable {
  // The rest of the word counts the uses.
  private let word = Atomic<UInt32>(0)

  private static let closedBit: UInt32 = 1
  private static let goneBit: UInt32 = 2
  /// Open to the call that closes it only.
  private static let closingBit: UInt32 = 4
  private static let oneUse: UInt32 = 8

  /// Whether it was closed, or is being closed.
  var isClosed: Bool { word.load(ordering: .acquiring) & (Self.closedBit | Self.closingBit) != 0 }

  /// Begins a use, which `endUse` has to follow in any case; false when the descriptor is closed or being closed.
  @inline(__always)
  func beginUse() -> Bool { beginUse(unless: Self.closedBit | Self.closingBit) }

  /// As `beginUse`, also while another task takes its time to close the descriptor.
  func beginUseWhileClosing() -> Bool { beginUse(unless: Self.closedBit) }

  @inline(__always)
  private func beginUse(unless bits: UInt32) -> Bool {
    let (before, _) = word.wrappingAdd(Self.oneUse, ordering: .acquiringAndReleasing)
    return before & bits == 0
  }

  /// Ends a use; true, once, when the number is to be given back now.
  @inline(__always)
  func endUse() -> Bool {
    let (_, after) = word.wrappingSubtract(Self.oneUse, ordering: .acquiringAndReleasing)
    return after & ~Self.closingBit == Self.closedBit && isGoneNow()
  }

  /// A call that finds the descriptor closed begins and ends a use too.
  private func isGoneNow() -> Bool {
    let (before, _) = word.bitwiseOr(Self.goneBit, ordering: .acquiringAndReleasing)
    return before & Self.goneBit == 0
  }

  /// Keeps all others from the descriptor and begins a use; false when it is closed or being closed.
  func beginClosing() -> Bool {
    begin(Self.closingBit, unless: Self.closedBit | Self.closingBit)
  }

  /// Closes it and begins a use, in one step; false when that was done before.
  func close() -> Bool { begin(Self.closedBit, unless: Self.closedBit) }

  private func begin(_ bit: UInt32, unless bits: UInt32) -> Bool {
    var current = word.load(ordering: .acquiring)
    while current & bits == 0 {
      let (isDone, now) = word.compareExchange(
        expected: current, desired: (current | bit) &+ Self.oneUse,
        ordering: .acquiringAndReleasing)
      if isDone { return true }
      current = now
    }
    return false
  }
}
