// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How the files of a loop are worked on: by the ring, or by threads.
///
/// One conformance suite tests both.
protocol FileBackend: Sendable {
  /// The bytes of a file; one that is not regular is open in the result, and not read yet.
  func read(
    _ path: CString, limit: Int, subject: String
  ) async throws -> FileCalls.Whole<[UInt8]>

  /// Writes a file, which is emptied before, or at its end; one that is not regular is open in the result, and not written yet.
  func write(
    _ bytes: [UInt8], to path: CString, appending: Bool, mode: UInt32
  ) async throws -> FileCalls.Whole<Void>

  func openForReading(_ path: CString) async throws -> (descriptor: Int32, FileCalls.Status)

  func create(_ path: CString, mode: UInt32) async throws -> Int32

  /// Reads `count` bytes from a place in an open file, fewer at its end.
  func read(_ file: Int32, from offset: Int, count: Int) async throws -> [UInt8]
}

extension EventLoop {
  /// How the files of the caller's loop are worked on.
  static var ambientFiles: any FileBackend { RingFiles.ofCaller ?? BlockingFiles() }
}
