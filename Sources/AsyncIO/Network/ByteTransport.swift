// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What carries a stream's bytes: a socket, another descriptor, or TLS on top of a stream.
///
/// The seam between streams and what is below them. Each function is a whole operation, so one that
/// hands its buffers to the kernel (a completion interface) can stand in for one that waits until the
/// kernel is ready: memory that is passed stays where it is until the call returns, on every path.
///
/// The stream sees to it that there is one reader and one writer at a time. Errors of the system are
/// thrown as `SystemError`; the stream adds the peer.
package protocol ByteTransport: AnyObject, Sendable {
  /// The peer, for messages.
  var subject: String { get }

  /// Waits for bytes and puts them into `buffer`; 0 at the end of the stream.
  ///
  /// Cancelled, it has read nothing.
  func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int

  /// Waits for bytes, at most `limit`, and returns them; none at the end of the stream.
  ///
  /// The way of most reads: needs no memory while it waits.
  func read(upTo limit: Int) async throws -> [UInt8]

  /// Waits for bytes, at most `limit`, and shows them to `take`; 0 at the end of the stream.
  ///
  /// For callers that make no copy.
  func read(upTo limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws -> Int

  /// Sends some of the bytes if that can be done at once; nil when it has to be waited for.
  func tryWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int?

  /// Sends some of the bytes, at least one; cancelled, none.
  func write(_ bytes: UnsafeRawBufferPointer) async throws -> Int

  /// Sends some of the bytes of several buffers, in order.
  func write(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int

  /// Sends some bytes of a file without their passing through this process; nil where that cannot be
  /// done, 0 at the end of the file.
  func sendFile(_ descriptor: Int32, from offset: Int, count: Int) async throws -> Int?

  /// Tells the peer that nothing more comes.
  func finishWriting() async throws

  /// Takes leave of the peer as the protocol asks for, and closes.
  func close() async

  /// Closes at once, without a word to the peer; with `reset`, what is not sent yet is dropped.
  func closeNow(reset: Bool)

  var isClosed: Bool { get }

  /// Whether nothing has come that was not read, and the peer has not gone, as far as is known without waiting.
  var isQuiet: Bool { get }

  /// Whether the loop knows that the peer sends no more, or has gone.
  var hasPeerFinished: Bool { get }

  /// Has `body` called on the loop's thread when the peer sends no more, or has gone, whether a task reads or not.
  ///
  /// It may be called several times; nil takes it back.
  func onPeerFinish(_ body: (@Sendable () -> Void)?)
}

extension ByteTransport {
  /// Waits for bytes, at most `limit`, and returns them; none at the end of the stream.
  package func read(upTo limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    _ = try await read(upTo: limit) { bytes = [UInt8]($0) }
    return bytes
  }

  package var isQuiet: Bool { true }

  package var hasPeerFinished: Bool { false }

  package func onPeerFinish(_ body: (@Sendable () -> Void)?) {}

  package func tryWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int? { nil }

  package func sendFile(_ descriptor: Int32, from offset: Int, count: Int) async throws -> Int? {
    nil
  }
}
