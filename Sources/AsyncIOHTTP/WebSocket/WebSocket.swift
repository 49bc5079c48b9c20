// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore

/// Messages in both directions over one connection, RFC 6455: what servers and clients of WebSockets work with.
///
/// ```swift
/// app.webSocket("/echo") { socket in
///   for try await message in socket { try await socket.send(message) }
/// }
/// ```
///
/// Messages are taken in the order in which they come; those that nobody takes hold the peer back. `send` waits while the peer is slow: nothing
/// is queued. The peer's pings are answered beside it, until so many messages wait that the peer is held back. When the peer ends the connection in an
/// orderly way, the loop over messages ends.
///
/// From any task and thread; one task takes messages at a time.
public final class WebSocket: AsyncSequence, Sendable {
  /// One message.
  public enum Message: Sendable, Hashable {
    /// A text.
    case text(String)
    /// Bytes.
    case binary([UInt8])
  }

  let link: WebSocketLink
  /// The protocol that both sides speak, of those that were asked for; nil if there is none.
  public let subprotocol: String?

  init(_ link: WebSocketLink, subprotocol: String?) {
    self.link = link
    self.subprotocol = subprotocol
  }

  // MARK: Messages

  /// Sends a message, and returns when it was taken: a peer that is slow holds its caller back.
  ///
  /// **Cancellation.** Throws `CancellationError` if nothing of the message has gone; later the connection ends.
  ///
  /// - Throws: ``WebSocketError`` once the connection has ended; `CancellationError`.
  public func send(_ message: Message) async throws {
    switch message {
    case .text(let text): try await link.send(.text, Array(text.utf8))
    case .binary(let bytes): try await link.send(.binary, bytes)
    }
  }

  /// Sends a text.
  ///
  /// - Throws: As the other form.
  public func send(_ text: String) async throws { try await send(.text(text)) }

  /// Sends bytes.
  ///
  /// - Throws: As the other form.
  public func send(_ bytes: [UInt8]) async throws { try await send(.binary(bytes)) }

  /// The next message; nil once the peer has ended the connection in an orderly way: with 1000, 1001, or without a code.
  ///
  /// **Cancellation.** Throws `CancellationError`; no message is lost.
  ///
  /// - Throws: ``WebSocketError`` when the connection has ended otherwise; `CancellationError`.
  public func receive() async throws -> Message? { try await link.receive() }

  /// Takes messages one by one.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let socket: WebSocket

    /// The next message: see ``WebSocket/receive()``.
    ///
    /// - Throws: As there.
    public mutating func next() async throws -> Message? { try await socket.receive() }
  }

  /// Takes the messages that come.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(socket: self) }

  // MARK: The connection

  /// Asks the peer for a sign of life, and returns how long it took.
  ///
  /// **Cancellation.** Throws `CancellationError`.
  ///
  /// - Throws: ``WebSocketError`` when the connection has ended; `CancellationError`.
  @discardableResult
  public func ping() async throws -> Duration { try await link.ping() }

  /// Ends the connection: says so to the peer, and waits for its answer.
  ///
  /// What it still sends is dropped. A second time does nothing.
  ///
  /// - Parameters:
  ///   - code: Why. One that may not be sent, such as 1005, is a programmer's error, and traps.
  ///   - reason: The same in words; cut to 123 bytes.
  public func close(_ code: CloseCode = .normal, reason: String = "") async {
    require(
      WebSocketDecoder.isSendable(code.rawValue), "WebSocket.close: \(code) may not be sent")
    await link.close(code, reason)
  }

  /// How the connection has ended; nil while it is open.
  public var closure: Closure? { link.closure }

  /// The peer in words.
  public var peerDescription: String { link.peerDescription }
}
