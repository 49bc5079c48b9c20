// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc
import Synchronization

/// Writes lines whole, one after another, without ever blocking the loop.
final class LineWriter: Sendable {
  private struct State {
    /// Lines that no task writes yet.
    var pending: [UInt8] = []
    var isWriting = false
    var error: WriteError?
  }

  private let stream: FileStream
  private let name: String
  private let state = Mutex(State())
  /// The tasks that wait until their lines are written, or enough of what is before them.
  private let turn = AsyncSemaphore(permits: 1)

  /// So much may wait to be written before the tasks that add to it wait, too.
  private static let mostPending = 64 << 10

  private init(_ stream: FileStream, _ name: String) {
    self.stream = stream
    self.name = name
  }

  /// To a file, which is emptied first unless it is gone on with, or to standard output.
  ///
  /// - Throws: ``IOError`` with the path.
  static func open(_ path: String?, appending: Bool) async throws -> LineWriter {
    let name = path ?? "standard output"
    do {
      let stream =
        if let path {
          try await appending ? appendingStream(path) : Files.create(path)
        } else { try FileStream.standardOutput() }
      return LineWriter(stream, name)
    } catch let error as IOError {
      throw usageError("cannot write to \(name): \(errnoText(error.errno))")
    }
  }

  private static func appendingStream(_ path: String) async throws -> FileStream {
    let descriptor = try await runBlocking {
      let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      if descriptor < 0 { throw usageError("cannot write to \(path): \(errnoText())") }
      return descriptor
    }
    return try FileStream(adopting: descriptor)
  }

  struct WriteError: Error, CustomStringConvertible {
    let description: String
  }

  /// Adds a line, with its end; the lines of several tasks come one after the other.
  ///
  /// One task writes, and takes along what the others add meanwhile: they wait only where too much would pile up. What was added is
  /// written even when the program is being ended.
  func write(_ line: [UInt8]) async throws {
    let (isWriter, mustWait) = try state.withLock { state in
      if let error = state.error { throw error }
      state.pending += line
      defer { state.isWriting = true }
      return (!state.isWriting, state.pending.count > Self.mostPending)
    }
    if isWriter { return try await writePending() }
    guard mustWait else { return }
    // The writer has the turn until it has written everything.
    try await turn.acquire()
    turn.release()
  }

  /// Writes until nothing is left.
  private func writePending() async throws {
    try await withCancellationShield(grace: .seconds(5)) {
      try await self.turn.acquire()
      defer { self.turn.release() }
      // Those that are done in the same turn of the loop have their lines in the same call.
      await Task.yield()
      while let lines = self.takePending() {
        do {
          try await self.stream.write(lines)
        } catch {
          let error = self.writeError(error)
          self.state.withLock { $0 = State(error: error) }
          throw error
        }
      }
    }
  }

  private func takePending() -> [UInt8]? {
    state.withLock { state in
      if state.pending.isEmpty {
        state.isWriting = false
        return nil
      }
      defer { state.pending = [] }
      return state.pending
    }
  }

  private func writeError(_ error: any Error) -> WriteError {
    let cause = ((error as? IncompleteWriteError)?.cause ?? error) as? IOError
    let text = cause.map { errnoText($0.errno) } ?? "\(error)"
    return WriteError(description: "cannot write to \(name): \(text)")
  }

  /// Writes what is left, and closes.
  ///
  /// - Throws: ``WriteError`` if a line was not written.
  func close() async throws {
    try await withCancellationShield(grace: .seconds(5)) {
      try await self.turn.acquire()
      self.turn.release()
    }
    await stream.close()
    if let error = state.withLock({ $0.error }) { throw error }
  }
}
