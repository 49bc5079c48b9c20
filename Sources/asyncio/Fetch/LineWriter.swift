// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation

/// Writes lines whole, one after another, without ever blocking the loop.
final class LineWriter: Sendable {
  private let stream: FileStream
  private let name: String

  private init(_ stream: FileStream, _ name: String) {
    self.stream = stream
    self.name = name
  }

  /// To a file, which is emptied first, or to standard output.
  ///
  /// - Throws: ``IOError`` with the path.
  static func open(_ path: String?) async throws -> LineWriter {
    let name = path ?? "standard output"
    do {
      let stream =
        if let path { try await Files.create(path) } else { try FileStream.standardOutput() }
      return LineWriter(stream, name)
    } catch let error as IOError {
      throw usageError("cannot write to \(name): \(errnoText(error.errno))")
    }
  }

  struct WriteError: Error, CustomStringConvertible {
    let description: String
  }

  /// Writes a line; the lines of several tasks come one after the other.
  ///
  /// What was received is written even when the program is being ended.
  func write(_ line: String) async throws {
    do {
      try await withCancellationShield(grace: .seconds(5)) {
        try await self.stream.write(line + "\n")
      }
    } catch let error as IOError {
      throw WriteError(description: "cannot write to \(name): \(errnoText(error.errno))")
    } catch let error as IncompleteWriteError {
      guard let cause = error.cause as? IOError else { throw error }
      throw WriteError(description: "cannot write to \(name): \(errnoText(cause.errno))")
    }
  }

  func close() async { await stream.close() }
}
