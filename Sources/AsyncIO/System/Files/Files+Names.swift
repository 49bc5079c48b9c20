// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import SystemPackage

extension Files {
  /// How many bytes a regular file has; nil for what does not say so.
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``; `CancellationError`.
  package static func size(_ path: String) async throws -> Int? {
    try await run("send", FilePath(checking: path)) { name in
      let (descriptor, status) = try await EventLoop.ambientFiles.openForReading(name)
      defer { Syscalls.closeDescriptor(descriptor) }
      if status.isDirectory { throw SystemError(call: "read", errno: SystemError.isDirectory) }
      // Files of /proc say that they have none.
      return status.isRegular && status.size > 0 ? status.size : nil
    }
  }

  /// Gives a file another name, over an older file of that name, rename(2).
  ///
  /// - Throws: ``IOError`` with the new path; ``NULByteError``; `CancellationError`.
  package static func rename(_ path: String, to newPath: String) async throws {
    let old = CString(try FilePath(checking: path))
    try await run("rename", FilePath(checking: newPath)) { new in
      try await runBlocking { try FileCalls.rename(old, to: new) }
    }
  }

  /// Removes a file, unlink(2).
  ///
  /// - Throws: ``IOError`` with the path; ``NULByteError``; `CancellationError`.
  package static func remove(_ path: String) async throws {
    try await run("remove", FilePath(checking: path)) { name in
      try await runBlocking { try FileCalls.remove(name) }
    }
  }
}
