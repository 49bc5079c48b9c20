// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Where the bytes of a body go.
protocol BodySink: Sendable {
  /// Sends bytes; returns when there is room for more.
  func write(_ bytes: [UInt8]) async throws

  /// Sends a file.
  func sendFile(_ path: String) async throws
}

extension [UInt8] {
  /// The bytes in pieces of a size; small ones as they are.
  func pieces(of size: Int) -> some Sequence<[UInt8]> {
    stride(from: 0, to: count, by: size).lazy.map { start in
      count <= size ? self : Array(self[start..<Swift.min(count, start + size)])
    }
  }
}

extension BodySink {
  /// In pieces, where the system cannot do it by itself.
  func sendFileInPieces(_ path: String) async throws {
    let file = try await Files.open(path)
    defer { file.abort() }
    for try await piece in file.chunks { try await write(piece) }
  }
}
