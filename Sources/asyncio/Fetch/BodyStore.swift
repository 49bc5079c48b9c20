// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc

/// Saves bodies, each into a file of its own that appears when it is complete.
struct BodyStore: Sendable {
  struct SaveError: Error {
    let message: String

    init(_ path: String, _ code: Int32) {
      message = "cannot save the body to \(path): \(errnoText(code))"
    }
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
  func save(
    _ response: HTTPClient.StreamedResponse, for item: FetchItem, limit: Int?
  ) async throws -> Int {
    let target = "\(directory)/\(Self.fileName(for: item))"
    do {
      return try await response.save(to: target, limit: limit)
    } catch let error as IOError {
      throw SaveError(target, error.errno)
    } catch let error as IncompleteWriteError {
      guard let cause = error.cause as? IOError else { throw error.cause }
      throw SaveError(target, cause.errno)
    }
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
