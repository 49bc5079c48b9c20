// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import Synchronization

/// A body on its way by HTTP/1.1: so many bytes, or chunks (RFC 9112 section 7.1).
final class HTTP1BodySink: BodySink {
  private let stream: ByteStream
  /// Nil for chunks.
  private let length: Int?
  private let count = Atomic<Int>(0)
  private let watch: PhaseWatch
  private let limit: Duration?

  /// So large are the pieces that are watched over.
  private static let piece = 64 << 10

  init(_ stream: ByteStream, length: Int?, _ watch: PhaseWatch, within limit: Duration?) {
    self.stream = stream
    self.length = length
    self.watch = watch
    self.limit = limit
  }

  /// How many bytes of the body have gone.
  var bytesSent: Int { count.load(ordering: .relaxed) }

  func write(_ bytes: [UInt8]) async throws {
    if let length, bytes.count > length - bytesSent {
      throw BodyLengthError(announced: length, isLonger: true)
    }
    // In pieces, each of which is progress.
    for piece in bytes.pieces(of: Self.piece) { try await writePiece(piece) }
  }

  private func writePiece(_ bytes: [UInt8]) async throws {
    var sent = bytes
    if length == nil {
      var encoder = HeadEncoder()
      encoder.appendChunkSize(bytes.count)
      sent = encoder.take() + bytes + [0x0D, 0x0A]
    }
    try await forward { [sent] in try await self.stream.write(sent) }
    count.add(bytes.count, ordering: .relaxed)
  }

  func sendFile(_ path: String) async throws {
    // A connection with TLS encrypts what it sends, and chunks have sizes between them.
    guard let length, stream is TCPStream || stream is UnixStream else {
      return try await sendFileInPieces(path)
    }
    var offset = 0
    while true {
      let wanted = min(Self.piece * 16, length - bytesSent)
      let sent = try await forward(file: path) { [offset] in
        try await self.stream.sendFile(path, from: offset, count: wanted)
      }
      count.add(sent, ordering: .relaxed)
      offset += sent
      if sent < wanted || wanted == 0 { break }
    }
    if try await Files.size(path) ?? 0 > offset {
      throw BodyLengthError(announced: length, isLonger: true)
    }
  }

  /// Ends the body.
  func finish() async throws {
    if let length {
      guard bytesSent == length else { throw BodyLengthError(announced: length, isLonger: false) }
    } else {
      var encoder = HeadEncoder()
      try encoder.appendLastChunk()
      let last = encoder.take()
      try await forward { try await self.stream.write(last) }
    }
  }

  private func forward<Result: Sendable>(
    file: String? = nil, _ body: () async throws -> Result
  ) async throws -> Result {
    watch.begin(.send, within: limit)
    do {
      return try await body()
    } catch let error as IOError where error.subject == file {
      throw error
    } catch let error where !(error is CancellationError) {
      throw UploadEnded()
    }
  }
}
