// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension ByteStream {
  /// Has `body` look at all that has come and was not taken, and waits for more for as long as it is not done.
  ///
  /// For protocols that are parsed where their bytes are: what `body` does not use stays in the stream, also for a reader of another
  /// kind. Not generic, since other modules call it for each message: `body` keeps its result itself.
  ///
  /// **Cancellation.** Throws `CancellationError`; nothing is taken.
  ///
  /// - Parameter body: Gets the bytes, and whether they are the last; returns whether it is done, and how many of them it has used.
  /// - Throws: ``IncompleteReadError`` when the stream has ended and `body` is not done; what `body` throws; the errors of a read.
  package final func parse(
    _ body: (UnsafeRawBufferPointer, _ isLast: Bool) throws -> (isDone: Bool, used: Int)
  ) async throws {
    try beginReading()
    defer { endReading() }
    while true {
      let isLast = if case .ended = readEnd { true } else { false }
      if isLast || !input.isEmpty {
        let (isDone, used) = try input.withBytes(input.count) { try body($0, isLast) }
        input.drop(used)
        if isDone { return }
        if isLast { throw IncompleteReadError(partial: input.takeAll(), expected: nil) }
      }
      _ = try await fill()
    }
  }

  /// Whether the peer has sent nothing that was not read, and has not gone, as far as is known without waiting.
  package final var isQuiet: Bool {
    guard input.isEmpty, case .open = readEnd, !isClosed else { return false }
    return transport.isQuiet
  }

  /// Whether the loop knows that the peer sends no more, or has gone; what it has sent may still be unread.
  package final var hasPeerFinished: Bool { transport.hasPeerFinished }

  /// Has `body` called on the loop's thread when the peer sends no more, or has gone, whether a task reads or not.
  ///
  /// It may be called several times; nil takes it back. On io_uring a peer whose bytes are not read is not seen to go once there are
  /// 64 KiB of them.
  package final func onPeerFinish(_ body: (@Sendable () -> Void)?) {
    transport.onPeerFinish(body)
  }

  /// Closes the stream without waiting for anything: what was written may still reach the peer.
  package final func closeAtOnce() {
    turn.finish(.closed)
    transport.closeNow(reset: false)
  }
}
