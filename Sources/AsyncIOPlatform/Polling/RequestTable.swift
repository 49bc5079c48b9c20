// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The requests that are under way, by the number the kernel gives back with each completion.
///
/// A number is never used twice: of a request that was taken back no code hears any more, whatever its place is used for by
/// then.
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

  private var purposes = SlotTable<Purpose>()

  package init() {}

  package var count: Int { purposes.count }

  package mutating func add(_ purpose: Purpose) -> UInt64 {
    let index = purposes.insert(purpose)
    return purposes.number(at: index)
  }

  /// What a request is for; nil when it was taken back.
  package subscript(_ request: UInt64) -> Purpose? {
    purposes.index(of: request).map { purposes[$0] }
  }

  /// Has what a request is for fetched, which is about to complete.
  @inline(__always)
  package func prefetch(_ request: UInt64) {
    if case .receive(_, let token)? = self[request] { Prefetch.object(at: token) }
  }

  package mutating func remove(_ request: UInt64) {
    if let index = purposes.index(of: request) { purposes.remove(at: index) }
  }

  /// Has a request be for something else from now on.
  package mutating func change(_ request: UInt64, to purpose: Purpose) {
    if let index = purposes.index(of: request) { purposes[index] = purpose }
  }

  /// Whether the kernel is at something that has to come to its end.
  package var hasUnfinished: Bool { purposes.values.contains { $0.isAwaitedAtEnd } }

  /// The numbers of the operations that the kernel is at.
  package var operations: [UInt64] {
    purposes.indices { if case .operation = $0 { true } else { false } }.map(purposes.number)
  }
}

extension RequestTable.Purpose {
  /// Whether a loop that ends waits for its completion: of what the kernel may still write to, or hand a connection to.
  var isAwaitedAtEnd: Bool {
    switch self {
    case .operation, .released: true
    case .armed, .watched, .wakeUps, .receive, .poll, .reading: false
    }
  }
}
