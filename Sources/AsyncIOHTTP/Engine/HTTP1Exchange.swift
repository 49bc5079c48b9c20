// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOTLS
internal import HTTPCore
internal import HTTPTypes

/// A request and its answer by HTTP/1.1.
///
/// Reading begins with the first byte that was written, never after the body: a server may answer before it has read everything.
///
/// Unchecked: one task uses it.
final class HTTP1Exchange: Exchange, @unchecked Sendable {
  private let connection: HTTP1Connection
  private let request: Outgoing
  /// Gives the connection back; with false it is closed.
  private let giveBack: (HTTP1Connection, _ isReusable: Bool) -> Void
  private var decoder = BodyDecoder(.none)
  private var persists = false
  /// Whether there was a byte of an answer.
  private var hasAnswered = false
  private var isComplete = false
  private var isFinished = false
  /// Sends a body that is too large to be sent at once.
  private var upload: Upload?

  /// Up to this size a body goes with its head.
  private static let smallBody = 16 << 10
  /// So many heads of 1xx may come before the final one.
  private static let mostInformational = 16

  init(
    _ connection: HTTP1Connection, _ request: Outgoing,
    giveBack: @escaping (HTTP1Connection, Bool) -> Void
  ) {
    self.connection = connection
    self.request = request
    self.giveBack = giveBack
  }

  func begin() async throws -> IncomingHead {
    // Before anything is sent: a request that cannot be written leaves the connection as it is.
    var encoder = HeadEncoder()
    try encoder.appendRequest(
      method: request.method.rawValue, target: request.url.target, host: request.url.authority,
      fields: request.fields, framing: request.framing)
    let wasReused = connection.hasServed
    connection.hasServed = true
    do {
      try await send(encoder.take())
    } catch let error where !(error is CancellationError) {
      // Cut by its own task, it says so.
      try Task.checkCancellation()
      // Whether the server has answered is to be seen: it may have closed for a reason that it gives.
      if let head = try? await readHead() { return head }
      let isPart = error is IncompleteWriteError
      throw ExchangeFailure(
        cause: error, progress: isPart ? .sent : .unprocessed, wasReused: wasReused)
    }
    do {
      return try await readHead()
    } catch let error where error is IncompleteReadError || error is IOError || error is TLSError {
      throw ExchangeFailure(
        cause: error, progress: hasAnswered ? .answered : .sent, wasReused: wasReused)
    }
  }

  private func send(_ head: [UInt8]) async throws {
    guard let body = request.body, !body.isEmpty else {
      return try await connection.stream.write(head)
    }
    if body.count <= Self.smallBody { return try await connection.stream.write(head + body) }
    let stream = connection.stream
    try await stream.write(head)
    upload = Upload(body, to: stream)
  }

  private func readHead() async throws -> IncomingHead {
    for _ in 0...Self.mostInformational {
      let head = try await nextHead()
      if head.isInformational { continue }
      if head.status == 101 { throw WireError(.unexpectedSwitch) }
      let framing = try head.framing(isHead: request.method == .head)
      decoder = BodyDecoder(framing)
      persists = head.persists && framing != .untilClose
      isComplete = decoder.hasEnded
      // What it says is final: the rest of a body would be sent for nothing.
      if head.status >= 400 { upload?.cancel() }
      return IncomingHead(
        status: head.status, fields: .block(head.block),
        version: head.minorVersion == 1 ? "1.1" : "1.\(head.minorVersion)")
    }
    throw WireError(.tooManyInformationalHeads)
  }

  private func nextHead() async throws -> ResponseHead {
    var scanner = HeadScanner(.response, .response)
    var head: ResponseHead?
    try await connection.stream.parse { bytes, isLast in
      if !bytes.isEmpty { hasAnswered = true }
      guard let (start, end) = try scanner.find(in: bytes) else {
        if isLast, !bytes.isEmpty { throw WireError(.truncated, at: bytes.count) }
        return (false, 0)
      }
      head = try ResponseHead(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      return (true, end)
    }
    guard let head else { throw WireError(.truncated) }
    return head
  }

  func nextChunk() async throws -> [UInt8]? {
    if isComplete { return nil }
    var chunk: [UInt8]?
    try await connection.stream.parse { bytes, isLast in
      var position = 0
      switch try self.decoder.next(in: bytes, at: &position, isLast: isLast) {
      case .data(let range):
        chunk = [UInt8](bytes[range])
        return (true, position)
      case .needsMore: return (false, position)
      case .end: return (true, position)
      }
    }
    if chunk == nil || decoder.hasEnded { isComplete = true }
    return chunk
  }

  func finish() {
    if isFinished { return }
    isFinished = true
    upload?.cancel()
    // A body of which a part was sent leaves the connection in no state.
    giveBack(connection, isComplete && persists && upload?.isDone ?? true)
  }
}
