// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CHTTP2
package import HTTPCore

/// What one side of a connection of HTTP/2 tells the other, RFC 9113 section 6.5.2.
package struct HTTP2Settings: Sendable {
  /// How many streams the peer may have at once; of servers only.
  package var maxStreams: UInt32 = 100
  /// How many bytes of a stream's body may come before any is used.
  package var streamWindow: UInt32 = 128 << 10
  /// The same of all streams together.
  package var connectionWindow: Int32
  /// How large the fields of a message may be.
  package var limits: HeadLimits
  /// Whether clients may ask for a tunnel of another protocol, RFC 8441; of servers only.
  package var enablesConnect = false

  /// What a server takes from clients.
  package static let server = HTTP2Settings(connectionWindow: 1 << 20, limits: .request)
  /// What a client takes from servers.
  package static let client = HTTP2Settings(connectionWindow: 8 << 20, limits: .response)

  private init(connectionWindow: Int32, limits: HeadLimits) {
    self.connectionWindow = connectionWindow
    self.limits = limits
  }

  var raw: asyncio_h2_settings {
    asyncio_h2_settings(
      max_streams: maxStreams, stream_window: streamWindow, connection_window: connectionWindow,
      max_field_list: UInt32(limits.bytes), enables_connect: enablesConnect)
  }
}
