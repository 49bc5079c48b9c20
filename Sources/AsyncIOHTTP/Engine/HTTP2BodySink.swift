// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import HTTP2Core

/// A body on its way by HTTP/2.
struct HTTP2BodySink: BodySink {
  let connection: HTTP2Connection
  let stream: StreamID
  let length: Int?
  let watch: PhaseWatch
  let limit: Duration?
  private let count = Guarded(0)

  /// So large are the pieces that are watched over.
  private static let piece = 64 << 10

  init(
    _ connection: HTTP2Connection, _ stream: StreamID, length: Int?, _ watch: PhaseWatch,
    within limit: Duration?
  ) {
    self.connection = connection
    self.stream = stream
    self.length = length
    self.watch = watch
    self.limit = limit
  }

  func write(_ bytes: [UInt8]) async throws {
    for piece in bytes.pieces(of: Self.piece) { try await writePiece(piece) }
  }

  private func writePiece(_ bytes: [UInt8]) async throws {
    let sum = count.withLock { count in
      count += bytes.count
      return count
    }
    if let length, sum > length { throw BodyLengthError(announced: length, isLonger: true) }
    watch.begin(.send, within: limit)
    do {
      try await connection.write(stream, bytes)
    } catch let error where !(error is CancellationError) {
      throw UploadEnded()
    }
  }

  func sendFile(_ path: String) async throws { try await sendFileInPieces(path) }

  /// Ends the body.
  func finish() async throws {
    if let length, count.withLock({ $0 }) != length {
      throw BodyLengthError(announced: length, isLonger: false)
    }
    do {
      try await connection.endBody(stream, isWhole: true)
    } catch let error where !(error is CancellationError) {
      throw UploadEnded()
    }
  }
}
