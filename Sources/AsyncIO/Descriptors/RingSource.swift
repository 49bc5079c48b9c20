// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Synchronization

/// A ring makes the calls.
///
/// It is asked when a task first waits, and goes on for as long as a task takes what it brings
/// (`RingInbox`). A report is then what says that something was brought; everything else is as with
/// readiness. Nothing the ring is at may meet another file with the same number, so a descriptor is closed
/// after what was asked for it has reached the kernel and was taken back.
struct RingSource {
  let inbox = Guarded(RingInbox())

  func begin(_ watched: WatchedDescriptor) throws -> Bool {
    try watched.loop.register(watched)
    return true
  }

  // MARK: Asking

  func ask(_ direction: WatchedDescriptor.Direction, of watched: WatchedDescriptor) {
    let loop = watched.loop
    if loop.isCurrent { return askOnLoop(direction, of: watched) }
    loop.onLoop { _ in askOnLoop(direction, of: watched) }
  }

  private func askOnLoop(
    _ direction: WatchedDescriptor.Direction, of watched: WatchedDescriptor
  ) {
    let loop = watched.loop
    // Closed meanwhile, its number may be another file's.
    guard let ring = loop.ring, !watched.isClosed, !loop.isEnded else { return }
    switch (direction, watched.nextRingReceive) {
    case (.read, let receive) where receive != .nothing:
      ring.startReceiving(receive, watched.descriptor, token: watched.token)
    case (.read, _): ring.pollOnce(watched.descriptor, for: .read, token: watched.token)
    case (.write, _): ring.pollOnce(watched.descriptor, for: .write, token: watched.token)
    }
  }

  func pause(_ watched: WatchedDescriptor) {
    watched.loop.onLoop { _ in
      // Closed meanwhile, its token may be another's.
      guard let ring = watched.loop.ring, !watched.isClosed else { return }
      inbox.withLock { state in
        if !state.isPausing { state.isPausing = ring.pause(watched.token) }
      }
    }
  }

  // MARK: The end

  func end(_ watched: WatchedDescriptor) {
    let operations = inbox.withLock { $0.operations }
    let loop = watched.loop
    guard let ring = loop.ring, loop.isCurrent || loop.isEnded else {
      // A loop that has ended has taken everything back.
      return loop.onLoop(otherwise: { watched.endWatch() }) { _ in end(watched) }
    }
    if loop.isCurrent { for operation in operations { ring.cancel(operation) } }
    watched.endWatch()
    // Closed means closed: the address is free when `close` returns.
    if loop.isCurrent, !operations.isEmpty { ring.completeOperations() }
  }
}
