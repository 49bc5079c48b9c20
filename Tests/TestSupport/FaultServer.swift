// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Synchronization

/// A server of the tests that breaks the rules, and what it says of the requests it got.
public final class FaultServer: Sendable {
  private let process = Process()
  private let output = Pipe()
  /// What was read and is no whole line.
  private let buffer = Mutex(Data())

  /// Starts a script of this folder.
  ///
  /// - Parameter python: The interpreter; the system's has the libraries that Debian installs.
  public init(
    _ script: String, _ arguments: [String] = [], python: String = "python3"
  ) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent(script)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, file.path] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
  }

  deinit { process.terminate() }

  /// The next line of its output; waits for it.
  public func line() -> String {
    buffer.withLock { buffer in
      while true {
        if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          defer { buffer = Data(buffer[buffer.index(after: end)...]) }
          return String(decoding: buffer[..<end], as: UTF8.self)
        }
        let piece = output.fileHandleForReading.availableData
        if piece.isEmpty { return "" }
        buffer += piece
      }
    }
  }
}
