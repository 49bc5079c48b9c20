// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// A connection that serves one request after the other.
///
/// Unchecked: belongs to one exchange at a time, or to the pool.
final class HTTP1Connection: @unchecked Sendable {
  let stream: ByteStream
  var hasServed = false
  var idleSince = LoopClock.Instant.now

  init(_ stream: ByteStream) { self.stream = stream }

  deinit { stream.closeAtOnce() }

  /// Whether it can serve another request, as far as is known.
  func isUsable(idleLimit: Duration) -> Bool {
    stream.isQuiet && idleSince.duration(to: .now) < idleLimit
  }

  func close() { stream.closeAtOnce() }
}
