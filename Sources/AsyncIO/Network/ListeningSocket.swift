// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Synchronization

/// A socket that listens.
///
/// A ring accepts by itself: as many as there are while there is room for all that may be waiting, else one at
/// a time, so that those beyond the limit stay in the system's backlog.
///
/// Unchecked: what was accepted is in the inbox, which is locked; the rest is constant or atomic.
final class ListeningSocket: WatchedDescriptor, @unchecked Sendable {
  private let backlog: Int
  private let takesMany = Atomic<Bool>(false)

  /// Takes over a listening socket, which must not block; closes it when that fails, unless it was adopted.
  init(_ descriptor: Int32, on loop: EventLoop, backlog: Int, isAdopted: Bool = false) throws {
    self.backlog = backlog
    try super.init(descriptor, on: loop, usesRing: true, isAdopted: isAdopted)
  }

  /// The next connection, which does not block and is closed on exec; nil when there is none.
  func accept() throws -> Int32? {
    try attempt("accept4", .read) { source.accept($0) }.map { Int32($0) }
  }

  /// The next connection, whether the kernel has told of it or not; nil when there is none.
  func acceptAtOnce() -> Int32? {
    if let connection = inbox?.withLock({ $0.takeConnection() }), connection >= 0 {
      return Int32(connection)
    }
    guard let connection = try? withDescriptor({ Sockets.accept($0) }), connection >= 0 else {
      return nil
    }
    return Int32(connection)
  }

  /// Whether a ring was told to accept nothing more, and may still do.
  var isPausing: Bool { inbox?.withLock { $0.isPausing } ?? false }

  /// How many connections are still wanted.
  func setRoom(_ room: Int) {
    let isEnough = room > backlog
    if takesMany.exchange(isEnough, ordering: .acquiringAndReleasing), !isEnough {
      source.pause(self)
    }
  }

  override var nextRingReceive: RingReceive {
    takesMany.load(ordering: .acquiring) ? .connections : .connection
  }

  override func ringDidReceive(_ result: Int32, _ bytes: UnsafeRawBufferPointer) {
    switch result {
    case 0...: deliver(Syscalls.aboveStandard(result))
    case -SystemError.tryAgain, -SystemError.interrupted, RingRequest.cancelled: return
    default: inbox?.withLock { $0.noteEnd(result) }
    }
    report(.read)
  }

  private func deliver(_ connection: Int32) {
    let count = inbox?.withLock {
      $0.append(connection: connection)
      return $0.connectionCount
    }
    if count ?? 0 >= Self.maxUnservedConnections { source.pause(self) }
    // Closed by another thread just before, nobody would look here any more.
    if isClosed { dropConnections() }
  }

  /// With so many connections that were not taken the ring stops.
  private static let maxUnservedConnections = 64

  override func didClose() { dropConnections() }

  /// Those that were not taken end as those in the system's backlog do.
  private func dropConnections() {
    for connection in inbox?.withLock({ $0.takeAllConnections() }) ?? [] {
      Sockets.setResetOnClose(connection)
      Syscalls.closeDescriptor(connection)
    }
  }
}
