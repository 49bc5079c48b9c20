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

extension BodySink {
  /// In pieces, where the system cannot do it by itself.
  func sendFileInPieces(_ path: String) async throws {
    let file = try await Files.open(path)
    defer { file.abort() }
    for try await piece in file.chunks { try await write(piece) }
  }
}
