// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The cancellations that the kernel could not make, and which are worth another try.
///
/// A request that is about to be tried when the kernel looks for it is not found; afterwards it waits again.
package struct FailedCancellations {
  /// Marks the number of a request as that of its cancellation.
  package static let mark: UInt64 = 1 << 63
  /// ENOENT.
  private static let notFound: Int32 = -2

  private var requests: [UInt64] = []

  package static func isCancellation(_ number: UInt64) -> Bool { number & mark != 0 }

  package mutating func note(_ number: UInt64, _ result: Int32, in table: RequestTable) {
    let request = number & ~Self.mark
    if result == Self.notFound, table.isCancellable(request) { requests.append(request) }
  }

  /// Those that are to be tried again.
  package mutating func take(in table: RequestTable) -> [UInt64] {
    if requests.isEmpty { return [] }
    return requests.take().filter { table.isCancellable($0) }
  }
}

extension RequestTable {
  /// Not what has its result: the kernel does not know it any more, though it may still read its memory.
  fileprivate func isCancellable(_ request: UInt64) -> Bool {
    self[request]?.isAwaitedAtEnd ?? false
  }
}

extension Array {
  /// What there is, and leaves nothing.
  package mutating func take() -> [Element] {
    defer { self = [] }
    return self
  }
}
