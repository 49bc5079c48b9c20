// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

/// Saves bodies, each into a file of its own that appears when it is complete.
struct BodyStore: Sendable {
  struct SaveError: Error {
    let message: String
  }

  private let directory: String

  init(_ path: String) throws {
    directory = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw usageError("cannot make the directory \(path): \(errnoText())")
    }
  }

  /// Returns the number of bytes.
  func save(_ chunks: HTTPClient.Chunks, for item: FetchItem) async throws -> Int {
    let target = "\(directory)/\(Self.fileName(for: item))"
    let partial = target + ".part"
    let file = try await runBlocking {
      try Self.check(open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666), target)
    }
    do {
      var count = 0
      for try await chunk in chunks {
        count += chunk.count
        try await runBlocking { if !writeWhole(chunk, to: file) { try Self.check(-1, target) } }
      }
      // Atomic, and over an older file of the same name, rename(2).
      _ = try await runBlocking { try Self.check(rename(partial, target), target) }
      close(file)
      return count
    } catch {
      close(file)
      unlink(partial)
      throw error
    }
  }

  @discardableResult
  private static func check(_ result: Int32, _ path: String) throws -> Int32 {
    guard result < 0 else { return result }
    throw SaveError(message: "cannot save the body to \(path): \(errnoText())")
  }

  /// For example `000012-example.com-index.html`: sorted as the input, and telling where it is
  /// from.
  private static func fileName(for item: FetchItem) -> String {
    let number = String(item.index + 1)
    let padding = String(repeating: "0", count: max(0, 6 - number.count))
    let readable = item.url.drop { $0 != "/" }.drop { $0 == "/" }.prefix(80).map {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-"
    }
    return "\(padding)\(number)-\(String(readable))"
  }
}
