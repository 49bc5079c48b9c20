// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

/// Files, read and written whole or line by line, without holding up the loop.
///
/// ```swift
/// let settings = try await Files.read("settings.json", limit: 1 << 20)
/// try await Files.replace("state.json", with: bytes)
/// for try await line in try await Files.open("access.log").lines { … }
/// ```
///
/// On a loop with io_uring the system works on the files by itself, without a thread. With epoll there is no
/// way to wait for a disk, and the calls run on the loop's pool of threads (`runBlocking`). Errors are
/// ``IOError``s, with the path.
///
/// **Cancellation**, for all of them: before the work has begun (before a thread is found), nothing happens
/// and the call throws `CancellationError`. Once it has begun it is finished, and stands.
public enum Files {
  /// The bytes of a file.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``LimitOverrunError`` when the file has more than `limit` bytes.
  public static func read(_ path: FilePath, limit: Int = .max) async throws -> [UInt8] {
    precondition(limit >= 0, "Files: limit must not be negative, got \(limit)")
    return try await run("read", path) {
      try await $0.read(path.string, limit: limit)
    } blocking: {
      try FileCalls.read(path.string, limit: limit)
    }
  }

  /// The text of a file in UTF-8; bytes that are none are replaced.
  ///
  /// **Cancellation.** See ``Files``.
  public static func readText(_ path: FilePath, limit: Int = .max) async throws -> String {
    String(decoding: try await read(path, limit: limit), as: UTF8.self)
  }

  /// Writes a file, in place of what was in it.
  ///
  /// Whoever reads it meanwhile may see a part: ``replace(_:with:mode:)`` is for what must be whole.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - `mode`: The permissions of a new file, before the process's umask, open(2).
  public static func write(
    _ bytes: [UInt8], to path: FilePath, mode: UInt32 = 0o666
  ) async throws {
    try await run("write", path) {
      try await $0.write(bytes, to: path.string, appending: false, mode: mode)
    } blocking: {
      try FileCalls.write(bytes, to: path.string, appending: false, mode: mode)
    }
  }

  /// Adds bytes at the end of a file, which is made if there is none.
  ///
  /// **Cancellation.** See ``Files``.
  public static func append(
    _ bytes: [UInt8], to path: FilePath, mode: UInt32 = 0o666
  ) async throws {
    try await run("append to", path) {
      try await $0.write(bytes, to: path.string, appending: true, mode: mode)
    } blocking: {
      try FileCalls.write(bytes, to: path.string, appending: true, mode: mode)
    }
  }

  /// Puts a file with these bytes where another may be, in one step: whoever opens the path sees the old
  /// file or the new one, whole, also after the machine has failed.
  ///
  /// The new file is written beside the old one, flushed to the disk and renamed, rename(2). When that
  /// fails the old one is as it was, and nothing is left beside it. An old file's permissions are kept.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - `mode`: The permissions of a file that was not there before.
  public static func replace(
    _ path: FilePath, with bytes: [UInt8], mode: UInt32 = 0o666
  ) async throws {
    try await run("replace", path) {
      try await $0.replace(path.string, with: bytes, mode: mode)
    } blocking: {
      try FileCalls.replace(path.string, with: bytes, mode: mode)
    }
  }

  /// Opens a file, or a FIFO, to be read as a stream: line by line for example, however large it is.
  ///
  /// **Cancellation.** See ``Files``.
  public static func open(_ path: FilePath) async throws -> FileStream {
    let descriptor = try await run("open", path) {
      try await $0.openForReading(path.string)
    } blocking: {
      try FileCalls.openForReading(path.string)
    }
    return try FileStream(owning: descriptor, path.string)
  }

  private static func run<Result: Sendable>(
    _ operation: String, _ path: FilePath, _ asking: (RingFiles) async throws -> Result,
    blocking body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    do {
      guard let files = RingFiles.ofCaller else { return try await runBlocking(body) }
      try Task.checkCancellation()
      return try await asking(files)
    } catch let error as SystemError {
      throw IOError(operation, path.string, error)
    }
  }
}
