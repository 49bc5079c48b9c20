// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import Synchronization

/// Writes lines whole, one after another, without ever blocking the loop.
final class LineWriter: Sendable {
  private let stream: FileStream
  private let name: String
  /// Lines that no task writes yet.
  private let pending = Mutex<[UInt8]>([])
  private let turn = AsyncSemaphore(permits: 1)

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
  /// The lines that come while a task writes are written together by the next. What was received is written even when the program is
  /// being ended.
  func write(_ line: String) async throws {
    pending.withLock { pending in
      pending += line.utf8
      pending.append(UInt8(ascii: "\n"))
    }
    do {
      try await withCancellationShield(grace: .seconds(5)) {
        try await self.turn.acquire()
        defer { self.turn.release() }
        let lines = self.pending.withLock { pending in
          defer { pending = [] }
          return pending
        }
        // Another task has written this one's.
        if !lines.isEmpty { try await self.stream.write(lines) }
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
