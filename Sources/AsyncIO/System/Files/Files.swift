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
/// way to wait for a disk, and the calls run on the loop's pool of threads (`runBlocking`); so does ``replace(_:with:mode:)-(FilePath,_,_)``
/// in any case. Errors are ``IOError``s, with the path.
///
/// What is no regular file is read and written as a stream: a FIFO waits for its other end, a terminal for its user,
/// without a thread. A path may have bytes that are not UTF-8; a text with a NUL byte is refused with ``NULByteError``.
///
/// **Cancellation**, for all of them: before the work has begun (before a thread is found), nothing happens
/// and the call throws `CancellationError`. Once it has begun, it runs to completion and takes effect. A stream is not waited for any
/// longer: then the call throws what `ByteStream` says.
public enum Files {
  /// The bytes of a file.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``LimitOverrunError`` when the file has more than `limit` bytes.
  public static func read(_ path: FilePath, limit: Int = .max) async throws -> [UInt8] {
    require(limit >= 0, "Files: limit must not be negative, got \(limit)")
    let subject = path.string
    return try await run("read", path) { name in
      switch try await EventLoop.ambientFiles.read(name, limit: limit, subject: subject) {
      case .done(let bytes): return bytes
      case .stream(let descriptor): return try await readStream(descriptor, limit, subject)
      }
    }
  }

  private static func readStream(
    _ descriptor: Int32, _ limit: Int, _ subject: String
  ) async throws -> [UInt8] {
    let stream = try FileStream(owning: descriptor, subject)
    defer { stream.abort() }
    do {
      return try await stream.readToEnd(limit: limit)
    } catch is LimitOverrunError {
      throw LimitOverrunError(limit: limit, subject: subject)
    }
  }

  /// The text of a file in UTF-8; bytes that are none are replaced.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func readText(_ path: FilePath, limit: Int = .max) async throws -> String {
    String(decoding: try await read(path, limit: limit), as: UTF8.self)
  }

  /// Writes a file, which is emptied first.
  ///
  /// A concurrent reader may see a part of it. Use ``replace(_:with:mode:)-(FilePath,_,_)`` for updates that must be whole.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Parameter mode: The permissions of a new file, before the process's umask, open(2).
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func write(
    _ bytes: [UInt8], to path: FilePath, mode: UInt32 = 0o666
  ) async throws {
    try await run("write", path) { name in
      try await put(bytes, into: name, path, appending: false, mode)
    }
  }

  /// Adds bytes at the end of a file, which is made if there is none.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func append(
    _ bytes: [UInt8], to path: FilePath, mode: UInt32 = 0o666
  ) async throws {
    try await run("append to", path) { name in
      try await put(bytes, into: name, path, appending: true, mode)
    }
  }

  private static func put(
    _ bytes: [UInt8], into name: CString, _ path: FilePath, appending: Bool, _ mode: UInt32
  ) async throws {
    let whole = try await waitingForReader(of: name) {
      try await EventLoop.ambientFiles.write(bytes, to: name, appending: appending, mode: mode)
    }
    guard case .stream(let descriptor) = whole else { return }
    let stream = try FileStream(owning: descriptor, path.string)
    defer { stream.abort() }
    try await stream.write(bytes)
  }

  /// Tries to open a file to write to it until it is no FIFO without a reader: nothing tells when one comes.
  private static func waitingForReader<Result>(
    of name: CString, _ open: () async throws -> Result
  ) async throws -> Result {
    var pause = Duration.milliseconds(1)
    while true {
      do {
        return try await open()
      } catch let error as SystemError where error.errno == SystemError.noReader {
        guard try await runBlocking({ FileCalls.isFIFO(name) }) else { throw error }
      }
      try await sleep(for: pause)
      pause = min(pause * 2, .milliseconds(50))
    }
  }

  /// Puts a file with these bytes where another may be, in one step: a process that opens the path sees the old
  /// file or the new one, whole, also after the machine has failed.
  ///
  /// The new file is written beside the old one, flushed to the disk and renamed, rename(2). When that
  /// fails the old one is as it was, and nothing is left beside it. A link stays, and the file that it leads to is replaced.
  ///
  /// The new file has the owner, the group and the permissions of the old one. Where the process may not give a file away,
  /// owner or group are the process's own, and the permission to run as that owner or group (set-user-ID, set-group-ID)
  /// is taken away. Extended attributes and access lists are not kept.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Parameter mode: The permissions of a file that was not there before.
  /// - Throws: ``IOError``, also for a directory (EISDIR), and for a device, a FIFO or a socket (EINVAL), which stay as they
  ///   are.
  public static func replace(
    _ path: FilePath, with bytes: [UInt8], mode: UInt32 = 0o666
  ) async throws {
    try await run("replace", path) { _ in
      try await runBlocking { try FileReplacement.replace(path, with: bytes, mode: mode) }
    }
  }

  /// Opens a file, or a FIFO, to be read as a stream: line by line for example, however large it is.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func open(
    _ path: FilePath, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> FileStream {
    try await run("open", path) { name in
      let (descriptor, _) = try await EventLoop.ambientFiles.openForReading(name)
      return try FileStream(owning: descriptor, path.string, SourceSite(file, line))
    }
  }

  /// Opens a file to be written as a stream; it is emptied first, and a FIFO waits for a reader.
  ///
  /// **Cancellation.** See ``Files``.
  ///
  /// - Parameter mode: The permissions of a new file, before the process's umask, open(2).
  /// - Throws: ``IOError`` with the path; `CancellationError`.
  public static func create(
    _ path: FilePath, mode: UInt32 = 0o666, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> FileStream {
    try await run("create", path) { name in
      let descriptor = try await waitingForReader(of: name) {
        try await EventLoop.ambientFiles.create(name, mode: mode)
      }
      return try FileStream(owning: descriptor, path.string, SourceSite(file, line))
    }
  }

  static func run<Result>(
    _ operation: String, _ path: FilePath, _ body: (CString) async throws -> Result
  ) async throws -> Result {
    try Task.checkCancellation()
    do {
      return try await body(CString(path))
    } catch let error as SystemError {
      throw IOError(operation, path.string, error)
    }
  }
}
