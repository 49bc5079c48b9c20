// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import HTTPTypes
internal import Synchronization

/// The body of a response on its way by HTTP/1.1.
final class HTTP1ResponseSink: ResponseSink {
  private let stream: ByteStream
  private let watch: ConnectionWatch
  private let limit: Duration?
  private let framing: BodyFraming
  let draining: AsyncEvent?
  private let count = Atomic<Int>(0)
  /// The body has ended: what comes behind it would be read as another response.
  private let isOver = Atomic<Bool>(false)

  init(_ connection: HTTP1ServerConnection, _ framing: BodyFraming) {
    stream = connection.stream
    watch = connection.watch
    limit = connection.core.configuration.timeouts.write
    self.framing = framing
    draining = connection.core.draining
  }

  var bytesSent: Int { count.load(ordering: .relaxed) }

  func write(_ bytes: [UInt8]) async throws {
    if isOver.load(ordering: .relaxed) { throw ClientDisconnectedError() }
    if case .length(let length) = framing, bytes.count > length - bytesSent {
      throw BodyLengthError(announced: length, isLonger: true)
    }
    // In pieces, each of which is progress.
    for piece in bytes.pieces(of: HTTP1Responder.piece) { try await writePiece(piece) }
  }

  private func writePiece(_ bytes: [UInt8]) async throws {
    var sent = bytes
    if framing == .chunked {
      var encoder = HeadEncoder()
      encoder.appendChunkSize(bytes.count)
      encoder.append(body: bytes)
      encoder.append("\r\n" as StaticString)
      sent = encoder.take()
    }
    try await forward(sent)
    count.add(bytes.count, ordering: .relaxed)
  }

  /// Ends the body.
  func finish(_ trailers: HTTPFields) async throws {
    isOver.store(true, ordering: .relaxed)
    if case .length(let length) = framing, bytesSent != length {
      throw BodyLengthError(announced: length, isLonger: false)
    }
    guard framing == .chunked else { return }
    var encoder = HeadEncoder()
    try encoder.appendLastChunk(trailers)
    try await forward(encoder.take())
  }

  private func forward(_ bytes: [UInt8]) async throws {
    watch.begin(.write, within: limit)
    defer { watch.rest(.output) }
    do {
      try await stream.write(bytes)
    } catch let error where !(error is CancellationError) {
      throw ClientDisconnectedError()
    }
  }
}
