// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
public import HTTPTypes

/// Takes the bytes of a response's body.
///
/// From any task; writes of several go out one after the other.
public final class BodyWriter: Sendable {
  private let sink: any ResponseSink
  private let ended = Guarded(HTTPFields())

  init(_ sink: any ResponseSink) { self.sink = sink }

  /// Is set when the server is to stop.
  var draining: AsyncEvent? { sink.draining }

  /// Sends bytes, and returns when they were taken: a client that is slow holds its caller back.
  ///
  /// **Cancellation.** Throws `CancellationError`, or ``ClientDisconnectedError`` if a part has gone: then the response is cut.
  ///
  /// - Throws: ``ClientDisconnectedError``; an error when there are more bytes than were announced;
  ///   `CancellationError`.
  public func write(_ bytes: [UInt8]) async throws {
    if !bytes.isEmpty { try await sink.write(bytes) }
  }

  /// Sends a text in UTF-8.
  ///
  /// - Throws: As the other form.
  public func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  /// Fields that are sent behind the body, RFC 9110 section 6.5; a client of HTTP/1.0 does not get them, nor does one that was told a length.
  public var trailers: HTTPFields {
    get { ended.withLock { $0 } }
    set { ended.withLock { $0 = newValue } }
  }
}
