// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

extension ByteStream {
  /// The largest piece that is read at once, and the usual limit of a line: 64 KiB.
  public static let pieceSize = 65536

  /// Waits for bytes and returns what is there, `limit` at the most; empty at the end of the stream.
  ///
  /// With a limit of 0 it returns none at once.
  ///
  /// **Cancellation.** Throws `CancellationError`; no byte is lost.
  ///
  /// - Throws: ``IOError`` when the connection breaks: every later read throws it too. ``StreamBusyError``
  ///   while another task reads, ``StreamClosedError`` after `close`.
  public final func read(upTo limit: Int = pieceSize) async throws -> [UInt8] {
    require(limit >= 0, "read: the limit must not be negative, got \(limit)")
    try beginReading()
    defer { endReading() }
    if limit == 0 { return [] }
    if !input.isEmpty { return input.take(limit) }
    if case .ended = readEnd { return [] }
    do {
      let bytes = try await transport.read(upTo: limit)
      if bytes.isEmpty { readEnd = .ended }
      return bytes
    } catch {
      throw noteFailure(error)
    }
  }

  /// Waits for bytes and puts what is there into `buffer`, without a copy in between where the stream has
  /// nothing buffered; returns how many, 0 at the end of the stream.
  ///
  /// The memory must stay valid until the call returns.
  ///
  /// **Cancellation.** As ``read(upTo:)``.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
    try beginReading()
    defer { endReading() }
    if buffer.isEmpty { return 0 }
    if !input.isEmpty { return input.take(into: buffer) }
    if case .ended = readEnd { return 0 }
    do {
      let count = try await transport.read(into: buffer)
      if count == 0 { readEnd = .ended }
      return count
    } catch {
      throw noteFailure(error)
    }
  }

  /// Waits for bytes and lends those that are there to `body`, `limit` at the most, without a copy; none at the end of the
  /// stream.
  ///
  /// ```swift
  /// let count = try await stream.withBytes { bytes in parser.feed(bytes) }
  /// ```
  ///
  /// Once `body` has returned, the bytes are taken out of the stream. If it throws, they stay readable. It runs on the thread
  /// that reads: it must not block.
  ///
  /// **Cancellation.** As ``read(upTo:)``.
  ///
  /// - Parameter body: What to do with the bytes, which are its own until it returns.
  /// - Throws: The errors of ``read(upTo:)``; what `body` throws.
  public final func withBytes<Result>(
    upTo limit: Int = pieceSize, _ body: (RawSpan) throws -> Result
  ) async throws -> Result {
    require(limit > 0, "withBytes: the limit must be positive, got \(limit)")
    try beginReading()
    defer { endReading() }
    if input.isEmpty, case .open = readEnd {
      if let result = try await lendNext(limit, body) { return result }
    }
    let (result, count) = try input.withBytes(limit) { (try body($0.bytes), $0.count) }
    input.drop(count)
    return result
  }

  /// Lends the next bytes where they have come; nil at the end of the stream.
  private func lendNext<Success>(
    _ limit: Int, _ body: (RawSpan) throws -> Success
  ) async throws -> Success? {
    var outcome: Result<Success, any Error>?
    do {
      let count = try await transport.read(upTo: min(limit, Self.pieceSize)) { bytes in
        outcome = Scratch.lending { Result { try body(bytes.bytes) } }
        // Those that the body has failed on stay.
        if case .failure = outcome { input.append(bytes) }
      }
      if count == 0 { readEnd = .ended }
    } catch {
      throw noteFailure(error)
    }
    return try outcome?.get()
  }

  /// Waits for `count` bytes and returns them.
  ///
  /// **Cancellation.** Throws `CancellationError`; what has come stays readable.
  ///
  /// - Throws: ``IncompleteReadError`` with what there was when the stream ends before.
  public final func readExactly(_ count: Int) async throws -> [UInt8] {
    require(count >= 0, "readExactly: the count must not be negative, got \(count)")
    try beginReading()
    defer { endReading() }
    while input.count < count {
      guard try await fill() else {
        throw IncompleteReadError(partial: input.takeAll(), expected: count)
      }
    }
    return count == 0 ? [] : input.take(count)
  }

  /// Waits for a line and returns it with its newline; the last one may have none, and at the end of the
  /// stream the result is empty.
  ///
  /// A line ends with `\n`; a `\r` before it is part of the line.
  ///
  /// **Cancellation.** Throws `CancellationError`; what has come stays readable.
  ///
  /// - Throws: ``LimitOverrunError`` when there are more than `limit` bytes before the newline: they stay
  ///   readable.
  public final func readLine(limit: Int = pieceSize) async throws -> [UInt8] {
    try beginReading()
    defer { endReading() }
    if let line = try await takeThrough([[UInt8(ascii: "\n")]], limit: limit) { return line }
    return input.takeAll()
  }

  /// Waits for a separator and returns the bytes up to its end.
  ///
  /// **Cancellation.** Throws `CancellationError`; what has come stays readable.
  ///
  /// - Throws: ``LimitOverrunError`` when there are more than `limit` bytes before the separator: they stay
  ///   readable. ``IncompleteReadError`` with what there was when the stream ends before.
  @discardableResult
  public final func readUntil(
    _ separator: some Collection<UInt8>, limit: Int = pieceSize
  ) async throws -> [UInt8] {
    try await readUntil(anyOf: [Array(separator)], limit: limit)
  }

  /// Waits for a separator, given as text, and returns the bytes up to its end.
  ///
  /// **Cancellation** and errors as in the form that takes bytes.
  ///
  /// - Throws: ``IncompleteReadError`` at the end of the stream; ``LimitOverrunError`` over the limit; the
  ///   errors of a read.
  @discardableResult
  public final func readUntil(_ separator: String, limit: Int = pieceSize) async throws -> [UInt8] {
    try await readUntil(anyOf: [Array(separator.utf8)], limit: limit)
  }

  /// Waits for one of several separators and returns the bytes up to the end of the one that ends first.
  ///
  /// The result depends on the bytes only, not on the pieces in which they come: of `abcd` and `bc`, `0123abcd` ends
  /// with `bc`.
  ///
  /// **Cancellation** and errors as in the form that takes one.
  ///
  /// - Throws: ``IncompleteReadError`` at the end of the stream; ``LimitOverrunError`` over the limit; the
  ///   errors of a read.
  @discardableResult
  public final func readUntil(
    anyOf separators: [[UInt8]], limit: Int = pieceSize
  ) async throws -> [UInt8] {
    require(
      !separators.isEmpty && !separators.contains(where: \.isEmpty),
      "readUntil: there must be a separator, and it must not be empty")
    try beginReading()
    defer { endReading() }
    if let bytes = try await takeThrough(separators, limit: limit) { return bytes }
    throw IncompleteReadError(partial: input.takeAll(), expected: nil)
  }

  /// Waits for the end of the stream and returns all that came.
  ///
  /// **Cancellation.** Throws `CancellationError`; what has come stays readable.
  ///
  /// - Throws: ``LimitOverrunError`` as soon as there are more than `limit` bytes: they stay readable.
  public final func readToEnd(limit: Int) async throws -> [UInt8] {
    require(limit >= 0, "readToEnd: the limit must not be negative, got \(limit)")
    try beginReading()
    defer { endReading() }
    repeat {
      if input.count > limit { throw LimitOverrunError(limit: limit, isSeparatorFound: false) }
    } while try await fill()
    return input.takeAll()
  }

  /// Waits for bytes and returns what is there, `limit` at the most, without taking it out of the stream;
  /// empty at its end.
  ///
  /// **Cancellation.** Throws `CancellationError`.
  ///
  /// - Throws: ``IOError`` when the connection is broken; ``StreamClosedError``; `CancellationError`.
  public final func peek(upTo limit: Int = pieceSize) async throws -> [UInt8] {
    require(limit >= 0, "peek: the limit must not be negative, got \(limit)")
    try beginReading()
    defer { endReading() }
    if limit == 0 { return [] }
    if input.isEmpty { _ = try await fill() }
    return input.prefix(limit)
  }

  /// Whether the end of the stream has been seen and everything before it was read.
  ///
  /// False while another task reads.
  public final var isAtEnd: Bool {
    guard (try? beginReading(evenIfCancelled: true)) != nil else { return false }
    defer { endReading() }
    if case .ended = readEnd { return input.isEmpty }
    return false
  }

  // MARK: The reader

  func beginReading(evenIfCancelled: Bool = false) throws {
    if !evenIfCancelled, RunningTask.isCancelled { throw CancellationError() }
    guard !isReading.exchange(true, ordering: .acquiring) else { throw StreamBusyError(.read) }
    do {
      if case .failed(let error) = readEnd { throw error }
      if transport.isClosed { throw StreamClosedError() }
    } catch {
      endReading()
      throw error
    }
  }

  func endReading() { isReading.store(false, ordering: .releasing) }

  // MARK: Waiting for bytes

  /// Reads a piece into the buffer; false at the end of the stream.
  func fill() async throws -> Bool {
    if case .ended = readEnd { return false }
    do {
      let bytes = try await transport.read(upTo: Self.pieceSize)
      if bytes.isEmpty { readEnd = .ended } else { input.append(bytes) }
      return !bytes.isEmpty
    } catch {
      throw noteFailure(error)
    }
  }

  /// The bytes through the first separator; nil when the stream ends before.
  private func takeThrough(_ separators: [[UInt8]], limit: Int) async throws -> [UInt8]? {
    var search = DelimiterSearch(separators, limit: limit)
    while true {
      switch search.look(in: input) {
      case .found(let count): return input.take(count)
      case .overrun(let isSeparatorFound):
        throw LimitOverrunError(limit: limit, isSeparatorFound: isSeparatorFound)
      case .needsMore: guard try await fill() else { return nil }
      }
    }
  }

  /// An error of the connection is every later reader's too; a cancelled read or an ended loop is not.
  private func noteFailure(_ error: any Error) -> any Error {
    let failure: any Error
    switch error {
    case let error as SystemError: failure = IOError("read from", transport.subject, error)
    case is CancellationError, is StreamClosedError, is StreamBusyError, is EventLoopError:
      return error
    default: failure = error
    }
    readEnd = .failed(failure)
    return failure
  }
}
