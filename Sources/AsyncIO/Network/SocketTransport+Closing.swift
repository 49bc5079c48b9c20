// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore

/// The end of a connection.
///
/// close(2) of a socket with unread input, or to which more comes afterwards, makes the kernel answer with a reset;
/// a reset takes away what was written and has not been sent, and may take away what the peer has not read. So the
/// input is taken before, RFC 9112, section 9.6:
///
///     nothing to read, and the peer has confirmed everything ──────────────────► close
///     else: half-close, then read and drop until the peer's end, or until it
///           has confirmed everything and sends nothing ────────────────────────► close
///     too many bytes, or too long ─────────────────────────────────────────────► close
extension SocketTransport {
  func close() async {
    guard beginClosing() else { return }
    defer {
      closeDescriptor()
      endUse()
    }
    guard isTCP else { return endUnixStream() }
    var discarded = 0
    let hadInput: Bool
    switch discardInput(&discarded) {
    case .ended: return
    case .nothing, .more: hadInput = discarded > 0
    }
    if !hadInput, Sockets.unconfirmedBytes(descriptor) == 0 { return }
    guard (try? Sockets.shutdownWriting(descriptor)) != nil else { return }
    await linger(hadInput: hadInput, discarded)
  }

  /// Closes at once: what is there is read, so that as little as possible is lost, but nothing is waited for.
  func closeNow(reset: Bool) {
    if beginUseWhileClosing() {
      if reset {
        Sockets.setResetOnClose(descriptor)
      } else {
        var discarded = 0
        if !isTCP { Sockets.shutdownBoth(descriptor) }
        _ = discardInput(&discarded)
      }
      endUse()
    }
    closeDescriptor()
  }

  /// A Unix socket keeps what was written for its peer, and there is no network on which more could be on the way.
  private func endUnixStream() {
    Sockets.shutdownBoth(descriptor)
    var discarded = 0
    _ = discardInput(&discarded)
  }

  // MARK: Reading to the end

  /// How long a peer that still sends may be silent, once it has confirmed everything.
  private static let silenceLimit = Duration.seconds(1)
  /// How long a close takes at the most.
  private static let lingerLimit = Duration.seconds(5)
  /// How many bytes are read for a peer that does not stop.
  private static let discardLimit = 64 << 20
  /// Nothing tells when a peer has confirmed everything: it is looked at after 1, 2, 4 … ms.
  private static let longestPause = Duration.milliseconds(64)

  private enum Input {
    /// Nothing more has come.
    case nothing
    /// There may be more, but others should have a turn.
    case more
    /// The peer sends no more, or the connection is broken.
    case ended
  }

  /// Reads until the peer is done; a task that is cancelled does not wait.
  private func linger(hadInput: Bool, _ alreadyDiscarded: Int) async {
    let start = LoopClock.Instant.now
    var (discarded, hadInput, lastInput) = (alreadyDiscarded, hadInput, start)
    var pause = Duration.milliseconds(1)
    while start.duration(to: .now) < Self.lingerLimit {
      let before = discarded
      let input = discardInput(&discarded)
      if case .ended = input { return }
      if discarded > Self.discardLimit { return }
      if discarded > before { (hadInput, lastInput, pause) = (true, .now, .milliseconds(1)) }
      if case .more = input {
        await Task.yield()
        if RunningTask.isCancelled { return }
        continue
      }
      // One byte is the end of the stream, which a peer need not confirm at once.
      let isConfirmed = Sockets.unconfirmedBytes(descriptor) <= 1
      let isSilent = !hadInput || lastInput.duration(to: .now) >= Self.silenceLimit
      if isConfirmed, isSilent { return }
      // Not a wait for input: that belongs to a reader, who is only just being told.
      do { try await sleep(for: pause) } catch { return }
      pause = min(pause * 2, Self.longestPause)
    }
  }

  /// Reads what has come, as much as one call may read without holding up others.
  private func discardInput(_ discarded: inout Int) -> Input {
    // What a ring has brought is older than what the kernel still has.
    inbox?.withLock { discarded += $0.dropBytes() }
    let limit = discarded + Self.mostAtOnce
    while discarded < limit {
      let count =
        isTCP
        ? Sockets.discard(descriptor, Self.mostAtOnce)
        : Scratch.with(Scratch.size) { Sockets.receive(descriptor, $0) }
      if count > 0 {
        discarded += count
      } else if -count == Int(SystemError.tryAgain) {
        return .nothing
      } else if !SystemError.isInterruption(-count) {
        return .ended
      }
    }
    return .more
  }

  private static let mostAtOnce = 4 << 20
}
