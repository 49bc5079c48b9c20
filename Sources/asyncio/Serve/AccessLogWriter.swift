// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Synchronization

/// Writes a line for each request, beside the answers: a reader of the log that is slow holds no client up.
final class AccessLogWriter: Sendable {
  private let lines: LineWriter
  private let format: ServeOptions.LogFormat
  private let queue = AsyncQueue<[UInt8]>(maxSize: 10_000)
  private let lost = Mutex(0)
  private let writing: Mutex<Task<Void, any Error>?> = Mutex(nil)

  init(_ format: ServeOptions.LogFormat) async throws {
    lines = try await LineWriter.open(nil, appending: false)
    self.format = format
    let task = createTask(name: "access log") { [lines, queue] in
      while true { try await lines.write(queue.get()) }
    }
    writing.withLock { $0 = task }
  }

  func write(_ entry: AccessLogEntry) {
    let text = format == .json ? entry.json : entry.common
    if !queue.tryPut(Array("\(text)\n".utf8)) { lost.withLock { $0 += 1 } }
  }

  /// Writes what is left.
  func close() async throws {
    let task = writing.withLock { $0 }
    task?.cancel()
    _ = await task?.result
    while let line = queue.tryGet() { try await lines.write(line) }
    try await lines.close()
    let lost = lost.withLock { $0 }
    if lost > 0 {
      writeToStandardError(
        "warning: \(lost) lines of the access log were not written: nobody read it\n")
    }
  }
}
