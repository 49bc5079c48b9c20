// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

extension ByteStream {
  /// Sends a file, or a part of it, and returns how many bytes that were.
  ///
  /// On a socket the kernel moves the bytes itself, sendfile(2); elsewhere (TLS, pipes) they are read and
  /// written, with the same result. A part that reaches beyond the end of the file ends with it.
  ///
  /// **Cancellation.** Throws `CancellationError` if nothing has gone out yet; later
  /// ``IncompleteWriteError``, which says how many bytes went, and the stream takes no more.
  ///
  /// - `offset`: Where to begin, in bytes.
  /// - `count`: How many bytes; all to the end of the file if not given.
  /// - Throws: ``IOError`` with the path when the file cannot be read, or with the peer when it has gone.
  @discardableResult
  public final func sendFile(
    _ path: FilePath, from offset: Int = 0, count: Int? = nil
  ) async throws -> Int {
    precondition(
      offset >= 0 && count ?? 0 >= 0, "sendFile: offset and count must not be negative")
    let file = try await openFile(path)
    defer { Syscalls.closeDescriptor(file.descriptor) }
    let total = min(max(0, file.size - offset), count ?? .max)
    try await takeTurn()
    defer { turn.give() }
    var sent = 0
    do {
      while sent < total {
        // The file may have become shorter meanwhile.
        guard
          try await sendPiece(file.descriptor, from: offset + sent, count: total - sent, &sent)
        else { break }
      }
    } catch {
      throw noteFailure(error, written: sent, of: total)
    }
    return sent
  }

  private func openFile(_ path: FilePath) async throws -> (descriptor: Int32, size: Int) {
    do {
      if let files = RingFiles.ofCaller {
        let descriptor = try await files.openForReading(path.string)
        return (descriptor, FileCalls.size(of: descriptor))
      }
      return try await runBlocking {
        let descriptor = try FileCalls.openForReading(path.string)
        return (descriptor, FileCalls.size(of: descriptor))
      }
    } catch let error as SystemError {
      throw IOError("send", path.string, error)
    }
  }

  /// Sends some of the file and counts what has gone; false at its end.
  private func sendPiece(
    _ descriptor: Int32, from offset: Int, count: Int, _ sent: inout Int
  ) async throws -> Bool {
    if let piece = try await transport.sendFile(descriptor, from: offset, count: count) {
      sent += piece
      return piece > 0
    }
    let wanted = min(count, Self.pieceSize)
    let bytes: [UInt8]
    if let files = RingFiles.ofCaller {
      bytes = try await files.read(descriptor, from: offset, count: wanted)
    } else {
      bytes = try await runBlocking {
        try FileCalls.read(descriptor, from: offset, count: wanted)
      }
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
