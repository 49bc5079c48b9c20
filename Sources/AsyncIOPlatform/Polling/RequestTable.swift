// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The requests that are under way, by the number the kernel gives back with each completion.
///
/// A number is the index of a slot and how often that was used: of a request that was taken back nobody hears
/// any more, whatever the slot is used for by then. The highest bit is free for code that has another request with the
/// same number.
package struct RequestTable {
  package enum Purpose {
    case armed(Int32)
    case watched(Int32, token: UInt64)
    case wakeUps
    /// What the kernel brings by itself.
    case receive(RingReceive, token: UInt64)
    /// One look, for one direction.
    case poll(Interest, token: UInt64)
    /// Taken back: what it still brings is nobody's.
    case released(RingReceive)
    case operation(Unmanaged<RingRequest>)
    /// An operation that has its result, and whose memory the kernel still reads.
    case reading(Unmanaged<RingRequest>)
  }

  private struct Slot {
    var purpose: Purpose?
    // From 1, so that no number is 0.
    var uses: UInt32 = 0
  }

  private var slots: ContiguousArray<Slot> = []
  private var free: [UInt32] = []

  package init() {}

  package mutating func add(_ purpose: Purpose) -> UInt64 {
    let index = free.popLast() ?? UInt32(slots.count)
    if index == slots.count { slots.append(Slot()) }
    slots[Int(index)].purpose = purpose
    slots[Int(index)].uses &+= 1
    if slots[Int(index)].uses == 0 { slots[Int(index)].uses = 1 }
    return UInt64(index) << 32 | UInt64(slots[Int(index)].uses)
  }

  /// What a request is for; nil when it was taken back.
  package subscript(_ request: UInt64) -> Purpose? {
    let index = Int(request >> 32)
    guard index < slots.count, slots[index].uses == UInt32(truncatingIfNeeded: request) else {
      return nil
    }
    return slots[index].purpose
  }

  /// Has what a request is for fetched, which is about to complete.
  @inline(__always)
  package func prefetch(_ request: UInt64) {
    let index = Int(request >> 32)
    guard index < slots.count, case .receive(_, let token) = slots[index].purpose else { return }
    Prefetch.object(at: token)
  }

  package mutating func remove(_ request: UInt64) {
    let index = Int(request >> 32)
    slots[index].purpose = nil
    free.append(UInt32(index))
  }

  /// The operation has its result, and is kept for its memory.
  package mutating func keep(_ request: UInt64, _ operation: Unmanaged<RingRequest>) {
    slots[Int(request >> 32)].purpose = .reading(operation)
  }

  /// What a request brings is of no interest any more.
  package mutating func release(_ request: UInt64, _ receive: RingReceive) {
    slots[Int(request >> 32)].purpose = .released(receive)
  }

  /// Whether the kernel is at something that has to come to its end.
  package var hasUnfinished: Bool {
    slots.contains {
      switch $0.purpose {
      case .operation, .released: true
      default: false
      }
    }
  }

  /// The numbers of the operations that the kernel is at.
  package var operations: [UInt64] {
    slots.enumerated().compactMap { index, slot in
      guard case .operation = slot.purpose else { return nil }
      return UInt64(index) << 32 | UInt64(slot.uses)
    }
  }

  package var count: Int { slots.count - free.count }
}
