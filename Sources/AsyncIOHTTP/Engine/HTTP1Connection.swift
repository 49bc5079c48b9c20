// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// A connection that serves one request after the other.
///
/// Unchecked: belongs to one exchange at a time, or to the pool.
final class HTTP1Connection: @unchecked Sendable {
  let stream: ByteStream
  /// Ends the connection when something takes too long.
  let watch: PhaseWatch
  /// How it was made, until it has served a request.
  var times: DialTimes?
  var hasServed = false
  private var idleSince = LoopClock.Instant.now
  /// Its place among the connections of the client.
  private let place: ConnectionBudget.Place?

  init(_ dialed: Dialer.Dialed, on loop: EventLoop, _ place: ConnectionBudget.Place?) {
    let stream = dialed.stream
    self.stream = stream
    times = dialed.times
    self.place = place
    watch = PhaseWatch(loop) { _ in
      stream.closeAtOnce()
      place?.giveBack()
    }
  }

  deinit { close() }

  /// Whether it can serve another request, as far as is known.
  func isUsable(idleLimit: Duration) -> Bool {
    stream.isQuiet && idleSince.duration(to: .now) < idleLimit
  }

  /// Nobody uses it: it is closed after a while.
  func rest(idleLimit: Duration) {
    idleSince = .now
    watch.limit(nil)
    watch.begin(.total, within: idleLimit)
  }

  func close() {
    watch.stop()
    stream.closeAtOnce()
    place?.giveBack()
  }
}
