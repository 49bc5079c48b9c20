// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

extension ByteStream {
  /// Sends a file, or a part of it, and returns how many bytes that were.
  ///
  /// On a socket the kernel moves the bytes of a regular file itself, sendfile(2); elsewhere (TLS, pipes), and for files
  /// that do not know their size (of /proc, FIFOs, devices), they are read to the end and written, with the same result. A
  /// part that reaches beyond the end of the file ends with it.
  ///
  /// **Cancellation.** Throws `CancellationError` if nothing has gone out yet; later
  /// ``IncompleteWriteError``, which says how many bytes went, and the stream takes no more.
  ///
  /// - Parameters:
  ///   - offset: Where to begin, in bytes.
  ///   - count: How many bytes; all to the end of the file if not given.
  /// - Throws: ``IOError`` with the path when the file cannot be read, for a directory (EISDIR), and for an offset in what
  ///   has none (ESPIPE): the stream can be used afterwards if nothing has gone out. ``IOError`` with the peer when that
  ///   has gone.
  @discardableResult
  public final func sendFile(
    _ path: FilePath, from offset: Int = 0, count: Int? = nil
  ) async throws -> Int {
    require(
      offset >= 0 && count ?? 0 >= 0, "sendFile: offset and count must not be negative")
    let file: SentFile
    do {
      file = try await SentFile.open(path, from: offset)
    } catch let error as SystemError {
      throw IOError("send", path.string, error)
    }
    return try await send(file, path.string, from: offset, count: count)
  }

  /// Sends a part of a regular file that is open, and returns how many bytes that were: fewer if the file has become shorter.
  ///
  /// **Cancellation** and errors as in the form that takes a path.
  package final func sendFile(
    _ file: OpenedFile, _ subject: String, from offset: Int, count: Int
  ) async throws -> Int {
    try await send(SentFile(file), subject, from: offset, count: count)
  }

  private func send(
    _ file: SentFile, _ subject: String, from offset: Int, count: Int?
  ) async throws -> Int {
    try await takeTurn()
    defer { turn.give() }
    var sent = 0
    do {
      while sent < count ?? .max {
        let left = (count ?? .max) - sent
        guard try await sendPiece(of: file, from: offset + sent, count: left, &sent) else { break }
      }
    } catch let error as FileReadError {
      let failure = IOError("send", subject, error.cause)
      // Nothing is wrong with the stream as long as the peer has seen nothing.
      throw sent == 0 ? failure : noteFailure(failure, written: sent, of: count ?? file.size)
    } catch {
      throw noteFailure(error, written: sent, of: count ?? max(file.size - offset, sent))
    }
    withExtendedLifetime(file) {}
    return sent
  }

  /// As the form that takes a `FilePath`, which ends a text at its first NUL byte: here that is an error.
  ///
  /// **Cancellation** and errors as there; ``NULByteError``.
  ///
  /// - Throws: ``NULByteError``; ``IOError`` with the path or the peer; `CancellationError`.
  @discardableResult
  public final func sendFile(
    _ path: String, from offset: Int = 0, count: Int? = nil
  ) async throws -> Int {
    try await sendFile(FilePath(checking: path), from: offset, count: count)
  }

  /// Sends some of the file and counts what has gone; false at its end.
  private func sendPiece(
    of file: SentFile, from offset: Int, count: Int, _ sent: inout Int
  ) async throws -> Bool {
    // As long as the file knows where it ends, which may have come nearer meanwhile.
    if let known = file.remaining(from: offset), known > 0,
      let piece = try await transport.sendFile(
        file.descriptor, from: offset, count: min(count, known))
    {
      sent += piece
      if piece > 0 { return true }
    }
    let bytes: [UInt8]
    do {
      bytes = try await file.read(from: offset, count: min(count, Self.pieceSize))
    } catch let error as SystemError {
      throw FileReadError(cause: error)
    } catch let error as IOError {
      throw FileReadError(cause: error.cause)
    }
    var written = 0
    while written < bytes.count {
      let memory = bytes.withUnsafeBytes { $0 }
      let piece = try await transport.write(UnsafeRawBufferPointer(rebasing: memory[written...]))
      written += piece
      sent += piece
    }
    withExtendedLifetime(bytes) {}
    return !bytes.isEmpty
  }
}

/// The file is what cannot be read, not the stream.
private struct FileReadError: Error {
  let cause: SystemError
}

/// A file that is being sent.
private final class SentFile: Sendable {
  let descriptor: Int32
  let size: Int
  /// What is no regular file is read as a stream, from where it is.
  private let stream: FileStream?
  /// What closes the descriptor, if that is another's to do.
  private let owner: OpenedFile?

  private init(_ descriptor: Int32, size: Int, stream: FileStream?) {
    self.descriptor = descriptor
    self.size = size
    self.stream = stream
    owner = nil
  }

  init(_ file: OpenedFile) {
    descriptor = file.descriptor
    size = file.size
    stream = nil
    owner = file
  }

  deinit { if stream == nil, owner == nil { Syscalls.closeDescriptor(descriptor) } }

  static func open(_ path: FilePath, from offset: Int) async throws -> SentFile {
    let name = CString(path)
    try Task.checkCancellation()
    let (descriptor, status) = try await EventLoop.ambientFiles.openForReading(name)
    do {
      if status.isDirectory { throw SystemError(call: "read", errno: SystemError.isDirectory) }
      if status.isRegular { return SentFile(descriptor, size: status.size, stream: nil) }
      if offset > 0 { throw SystemError(call: "lseek", errno: SystemError.notSeekable) }
    } catch {
      Syscalls.closeDescriptor(descriptor)
      throw error
    }
    let stream = try FileStream(owning: descriptor, path.string)
    return SentFile(descriptor, size: 0, stream: stream)
  }

  /// How many bytes there are from a place on, for a file that says how many it has.
  func remaining(from offset: Int) -> Int? {
    stream == nil && size > 0 ? max(0, size - offset) : nil
  }

  func read(from offset: Int, count: Int) async throws -> [UInt8] {
    if let stream { return try await stream.read(upTo: count) }
    // A file that says where it ends is not read beyond.
    if let known = remaining(from: offset), known == 0 { return [] }
    return try await EventLoop.ambientFiles.read(descriptor, from: offset, count: count)
  }
}
