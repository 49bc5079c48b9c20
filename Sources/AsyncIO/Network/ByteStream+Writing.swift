// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension ByteStream {
  /// Writes all of `bytes`: returns once the system has taken them.
  ///
  /// Waits while the peer is slow. No bytes: nothing happens.
  ///
  /// **Cancellation.** Throws `CancellationError` if nothing has gone out yet: then nothing will. Else
  /// throws ``IncompleteWriteError``, which says how many bytes went, and the stream takes no more.
  ///
  /// - Throws: ``IOError`` when the peer has gone (never a signal), ``StreamClosedError`` after `close` or
  ///   `finishWriting`.
  public final func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return try checkOutput() }
    if bytes.count >= SocketTransport.worthNoCopy, let direct, direct.omitsCopies {
      return try await writeWithoutCopy(bytes, to: direct)
    }
    // An array's bytes stay where they are for as long as there is a reference to it.
    let memory = bytes.withUnsafeBytes { $0 }
    defer { withExtendedLifetime(bytes) {} }
    try await writeAll(memory)
  }

  /// Writes a text in UTF-8.
  ///
  /// **Cancellation** and errors as in the form that takes an array.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  /// Writes bytes of any collection.
  ///
  /// **Cancellation** and errors as in the form that takes an array.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  @_disfavoredOverload
  public final func write(_ bytes: some Collection<UInt8>) async throws {
    try await write(Array(bytes))
  }

  /// Writes the bytes of a span, without a copy.
  ///
  /// **Cancellation** and errors as in the form that takes an array.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func write(_ bytes: RawSpan) async throws {
    guard !bytes.isEmpty else { return try checkOutput() }
    // Borrowed by the caller until the call returns.
    let memory = bytes.withUnsafeBytes { $0 }
    try await write(memory)
  }

  /// Writes the bytes of memory that stays valid until the call returns, without a copy.
  ///
  /// **Cancellation** and errors as in the form that takes an array.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func write(_ bytes: UnsafeRawBufferPointer) async throws {
    try await writeAll(bytes)
  }

  /// Inlined, because an async call costs as much as the rest of a write that is done at once.
  @inline(__always)
  private final func writeAll(_ bytes: UnsafeRawBufferPointer) async throws {
    if try !takeTurnAtOnce() { try await takeTurn() }
    defer { turn.give() }
    var written = 0
    do {
      // Mostly the system takes everything at once.
      written = try tryWrite(bytes) ?? 0
      while written < bytes.count {
        written += try await transport.write(UnsafeRawBufferPointer(rebasing: bytes[written...]))
      }
    } catch {
      throw noteFailure(error, written: written, of: bytes.count)
    }
  }

  /// As `writeAll`, for bytes that can be kept until the peer has them.
  private final func writeWithoutCopy(
    _ bytes: [UInt8], to socket: SocketTransport
  ) async throws {
    try await takeTurn()
    defer { turn.give() }
    var written = 0
    do {
      while written < bytes.count {
        if socket.omitsCopies,
          let sent = try await socket.sendWithoutCopy(bytes, from: written)
        {
          written += sent
        } else {
          let rest = bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[written...]) }
          written += try await socket.write(rest)
        }
      }
    } catch {
      throw noteFailure(error, written: written, of: bytes.count)
    }
  }

  @inline(__always)
  private final func tryWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
    if let direct { return try direct.tryWrite(bytes) }
    return try transport.tryWrite(bytes)
  }

  /// Writes several buffers one after the other, with one system call where the system takes them all.
  ///
  /// **Cancellation** and errors as in the form that takes one.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  @_disfavoredOverload
  public final func write(_ buffers: [[UInt8]]) async throws {
    let total = buffers.reduce(0) { $0 + $1.count }
    guard total > 0 else { return try checkOutput() }
    // As above: the arrays are referred to until the end.
    var pieces = buffers.filter { !$0.isEmpty }.map { buffer in buffer.withUnsafeBytes { $0 } }[...]
    defer { withExtendedLifetime(buffers) {} }
    try await takeTurn()
    defer { turn.give() }
    var written = 0
    do {
      while written < total {
        let count = try await transport.write(Array(pieces))
        written += count
        Self.drop(count, from: &pieces)
      }
    } catch {
      throw noteFailure(error, written: written, of: total)
    }
  }

  private static func drop(_ count: Int, from pieces: inout ArraySlice<UnsafeRawBufferPointer>) {
    var left = count
    while left > 0, let first = pieces.first {
      if first.count > left {
        pieces[pieces.startIndex] = UnsafeRawBufferPointer(rebasing: first[left...])
        return
      }
      left -= first.count
      pieces.removeFirst()
    }
  }

  /// Tells the peer that nothing more comes, once the writes under way are done; reading goes on.
  ///
  /// TCP's half-close. A second time does nothing.
  ///
  /// **Cancellation.** Throws `CancellationError` while it waits for other writes.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func finishWriting() async throws {
    if RunningTask.isCancelled { throw CancellationError() }
    guard await turn.wait() else { throw CancellationError() }
    defer { turn.give() }
    if case .finished = turn.end { return }
    try checkOutput()
    do {
      try await transport.finishWriting()
    } catch let error as SystemError {
      throw IOError("finish writing to", transport.subject, error)
    }
    turn.finish(.finished)
  }

  // MARK: Turns

  /// Takes the turn if no other task writes; false when it has to be waited for.
  @inline(__always)
  func takeTurnAtOnce() throws -> Bool {
    if RunningTask.isCancelled { throw CancellationError() }
    if turn.take() { return true }
    try checkOutput()
    return false
  }

  /// Waits until no other task writes, and checks that something can be written.
  func takeTurn() async throws {
    if RunningTask.isCancelled { throw CancellationError() }
    guard await turn.wait() else { throw CancellationError() }
    do {
      if RunningTask.isCancelled { throw CancellationError() }
      try checkOutput()
    } catch {
      turn.give()
      throw error
    }
  }

  private func checkOutput() throws {
    switch turn.end {
    case .open: return
    case .finished, .closed: throw StreamClosedError()
    case .broken(let error): throw error
    }
  }

  func noteFailure(_ error: any Error, written: Int, of total: Int) -> any Error {
    var cause = error
    if let error = error as? SystemError { cause = IOError("write to", transport.subject, error) }
    if written == 0, error is CancellationError { return error }
    // A transport may know more of its own write.
    if let incomplete = error as? IncompleteWriteError { cause = incomplete.cause }
    let failure =
      written == 0 && !(error is IncompleteWriteError)
      ? cause : IncompleteWriteError(written: written, total: total, cause: cause)
    turn.finish(.broken(failure))
    return failure
  }
}
