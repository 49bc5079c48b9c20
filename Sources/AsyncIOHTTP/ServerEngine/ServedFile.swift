// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform

/// A part of a file that is the body of a response.
///
/// The file is open, so it is the one that was looked at.
struct ServedFile: Sendable {
  let file: OpenedFile
  /// For messages.
  let subject: String
  let offset: Int
  let length: Int

  /// The bytes, in pieces.
  var pieces: Pieces { Pieces(file: self) }

  struct Pieces: AsyncSequence, Sendable {
    let file: ServedFile

    struct AsyncIterator: AsyncIteratorProtocol {
      let file: ServedFile
      var sent = 0

      mutating func next() async throws -> [UInt8]? {
        let left = file.length - sent
        if left == 0 { return nil }
        let bytes = try await Files.read(
          file.file, from: file.offset + sent, count: Swift.min(left, 64 << 10))
        // The file has become shorter than was announced: the response is cut.
        if bytes.isEmpty { throw BodyLengthError(announced: file.length, isLonger: false) }
        sent += bytes.count
        return bytes
      }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file) }
  }
}
