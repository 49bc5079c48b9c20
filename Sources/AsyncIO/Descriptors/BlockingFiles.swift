// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What `FileCalls` does, on a thread of the loop's pool.
struct BlockingFiles: FileBackend {
  func read(
    _ path: CString, limit: Int, subject: String
  ) async throws -> FileCalls.Whole<[UInt8]> {
    try await runBlocking { try FileCalls.read(path, limit: limit, subject: subject) }
  }

  func write(
    _ bytes: [UInt8], to path: CString, appending: Bool, mode: UInt32
  ) async throws -> FileCalls.Whole<Void> {
    try await runBlocking {
      try FileCalls.write(bytes, to: path, appending: appending, mode: mode)
    }
  }

  func openForReading(_ path: CString) async throws -> (descriptor: Int32, FileCalls.Status) {
    try await runBlocking {
      let descriptor = try FileCalls.openForReading(path)
      do {
        return (descriptor, try FileCalls.status(of: descriptor))
      } catch {
        Syscalls.closeDescriptor(descriptor)
        throw error
      }
    }
  }

  func create(_ path: CString, mode: UInt32) async throws -> Int32 {
    try await runBlocking { try FileCalls.create(path, mode: mode) }
  }

  func read(_ file: Int32, from offset: Int, count: Int) async throws -> [UInt8] {
    try await runBlocking { try FileCalls.read(file, from: offset, count: count) }
  }
}
