// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import SystemPackage

/// The same calls with the path as a text. A `FilePath` made of a text ends at the first NUL byte in it, and would name
/// another file; these throw ``NULByteError`` before anything happens.
extension Files {
  /// The bytes of a file.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func read(_ path: String, limit: Int = .max) async throws -> [UInt8] {
    try await read(FilePath(checking: path), limit: limit)
  }

  /// The text of a file in UTF-8; bytes that are none are replaced.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func readText(_ path: String, limit: Int = .max) async throws -> String {
    try await readText(FilePath(checking: path), limit: limit)
  }

  /// Writes a file, which is emptied first.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o666
  ) async throws {
    try await write(bytes, to: FilePath(checking: path), mode: mode)
  }

  /// Adds bytes at the end of a file, which is made if there is none.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func append(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o666
  ) async throws {
    try await append(bytes, to: FilePath(checking: path), mode: mode)
  }

  /// Puts a file with these bytes where another may be, in one step.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func replace(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o666
  ) async throws {
    try await replace(FilePath(checking: path), with: bytes, mode: mode)
  }

  /// Opens a file, or a FIFO, to be read as a stream.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func open(
    _ path: String, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> FileStream {
    try await open(FilePath(checking: path), file: file, line: line)
  }

  /// Opens a file to be written as a stream; it is emptied first.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError`` when the path has one; `CancellationError`.
  public static func create(
    _ path: String, mode: UInt32 = 0o666, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> FileStream {
    try await create(FilePath(checking: path), mode: mode, file: file, line: line)
  }
}
