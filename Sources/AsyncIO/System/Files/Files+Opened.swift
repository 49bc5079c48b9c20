// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIOPlatform
internal import SystemPackage

extension Files {
  /// Opens a directory, below which files are opened then.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``; `CancellationError`.
  package static func openDirectory(_ path: String) async throws -> OpenedFile {
    try await run("open", FilePath(checking: path)) { name in
      try await runBlocking { try OpenedFile.directory(name) }
    }
  }

  /// Opens a file; nil when there is none.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``; `CancellationError`.
  package static func openFile(_ path: String) async throws -> OpenedFile? {
    try await run("open", FilePath(checking: path)) { name in
      do {
        return try await runBlocking { try OpenedFile.file(name) }
      } catch let error as SystemError where SystemError.noSuchFileCodes.contains(error.errno) {
        return nil
      }
    }
  }

  /// Opens what is in a directory or below it: no path leads out of it.
  ///
  /// What the system has in its memory is opened at once, and all else by a thread of the pool.
  ///
  /// - Throws: `SystemError`; `CancellationError`.
  package static func open(_ path: [UInt8], in directory: OpenedFile) async throws -> OpenedFile {
    try Task.checkCancellation()
    let name = CString(path: path)
    do {
      return try directory.open(name, onlyCached: true)
    } catch {
      let isElsewhere =
        error.errno == SystemError.tryAgain || error.errno == SystemError.invalidArgument
      guard isElsewhere else { throw error }
    }
    return try await runBlocking { try directory.open(name) }
  }

  /// Reads a part of a file, fewer bytes at its end.
  ///
  /// - Throws: `SystemError`; `CancellationError`.
  package static func read(
    _ file: OpenedFile, from offset: Int, count: Int
  ) async throws -> [UInt8] {
    try await EventLoop.ambientFiles.read(file.descriptor, from: offset, count: count)
  }

  /// The names of what is in a directory.
  ///
  /// - Throws: `SystemError`; `CancellationError`.
  package static func names(
    in directory: OpenedFile, limit: Int
  ) async throws -> [[UInt8]] {
    try await runBlocking { try directory.names(limit: limit) }
  }
}
