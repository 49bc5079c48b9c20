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
  private let configuration: HTTPClient.Configuration
  /// Gives the connection back; with false it is closed.
  private let giveBack: (HTTP1Connection, _ isReusable: Bool) -> Void
  private var decoder = BodyDecoder(.none)
  private(set) var trailers = HTTPFields()
  private var persists = false
  /// Whether the server may have seen the request.
  private var isHeadSent = false
  /// Whether there was a byte of an answer.
  private var hasAnswered = false
  private var isComplete = false
  private var isFinished = false
  /// Sends a body that does not go with its head.
  private var upload: Upload?
  private var sink: HTTP1BodySink?
  private var counted: ExchangeMeter

  /// Up to this size a body goes with its head.
  private static let smallBody = 16 << 10

  init(
    _ connection: HTTP1Connection, _ request: Outgoing, _ configuration: HTTPClient.Configuration,
    giveBack: @escaping (HTTP1Connection, Bool) -> Void
  ) {
    self.connection = connection
    self.request = request
    self.configuration = configuration
    self.giveBack = giveBack
    counted = ExchangeMeter(isReused: connection.hasServed, times: connection.times)
  }

  var meter: ExchangeMeter {
    var meter = counted
    if let sink { meter.bytesSent += sink.bytesSent }
    return meter
  }

  var ownFailure: (any Error)? { upload?.error ?? connection.watch.expired }
  var hasBegunBody: Bool { upload != nil }

  // MARK: The request

  func begin() async throws -> IncomingHead {
    // Before anything is sent: a request that cannot be written leaves the connection as it is.
    var encoder = HeadEncoder()
    try encoder.appendRequest(
      method: request.method.rawValue, target: request.target, host: request.url.authority,
      lines: request.defaults?.lines ?? [], fields: request.ownFields, framing: request.framing)
    connection.hasServed = true
    connection.times = nil
    connection.watch.limit(request.total)
    connection.watch.begin(.firstByte, within: configuration.timeouts.firstByte)
    do {
      if let head = try await send(encoder.take()) { return try accept(head) }
    } catch let error where !(error is CancellationError) {
      // Cut by its own task, it says so.
      try Task.checkCancellation()
      // Whether the server has answered is to be seen: it may have closed for a reason that it gives.
      if let head = try? await readHead() { return try accept(head) }
      let isSeen = error is IncompleteWriteError || isHeadSent || hasAnswered
      throw failure(error, isSeen ? .sent : .unprocessed)
    }
    do {
      return try accept(await readHead())
    } catch let error where error is IncompleteReadError || error is IOError || error is TLSError {
      throw failure(error, hasAnswered ? .answered : .sent)
    }
  }

  private func failure(
    _ cause: any Error, _ progress: ExchangeFailure.Progress
  ) -> ExchangeFailure {
    ExchangeFailure(cause: cause, progress: progress, wasReused: counted.isReused)
  }

  /// Sends the head, and the body or the begin of it; returns the answer if that has come instead of leave to go on.
  private func send(_ head: [UInt8]) async throws -> ResponseHead? {
    Trace.request(head, configuration)
    counted.bytesSent = head.count
    guard let body = request.body, request.bodyLength != 0 else {
      try await connection.stream.write(head)
      return nil
    }
    if !request.expectsContinue, let bytes = request.bytes, bytes.count <= Self.smallBody {
      try await connection.stream.write(head + bytes)
      counted.bytesSent += bytes.count
      return nil
    }
    try await connection.stream.write(head)
    isHeadSent = true
    if request.expectsContinue, let answer = try await finalAnswerBeforeBody() { return answer }
    upload(body)
    return nil
  }

  /// Waits for 100, but not for long: a server need not know of it, RFC 9110 section 10.1.1.
  private func finalAnswerBeforeBody() async throws -> ResponseHead? {
    let answer: ResponseHead?? = try await moveOn(after: configuration.timeouts.continuation) {
      while true {
        let head = try await nextHead()
        if head.status == 100 { return ResponseHead?.none }
        if !head.isInformational { return head }
      }
    }
    return answer ?? nil
  }

  private func upload(_ body: BodySource) {
    let (stream, watch, timeouts) = (connection.stream, connection.watch, configuration.timeouts)
    let sink = HTTP1BodySink(stream, length: request.bodyLength, watch, within: timeouts.send)
    self.sink = sink
    upload = Upload {
      try await body.send(to: sink)
      try await sink.finish()
      watch.begin(.firstByte, within: timeouts.firstByte)
    } onFailure: {
      stream.closeAtOnce()
    }
  }

  // MARK: The answer

  private func readHead() async throws -> ResponseHead {
    for _ in 0...ResponseHead.mostInformational {
      let head = try await nextHead()
      if !head.isInformational { return head }
    }
    throw WireError(.tooManyInformationalHeads)
  }

  private func nextHead() async throws -> ResponseHead {
    let head = try await ResponseHead.readNext(from: connection.stream) { hasAnswered = true }
    counted.bytesReceived += head.size
    Trace.response(head, configuration)
    if head.status == 101 { throw WireError(.unexpectedSwitch) }
    return head
  }

  private func accept(_ head: ResponseHead) throws -> IncomingHead {
    let framing = try head.framing(isHead: request.method == .head)
    decoder = BodyDecoder(framing)
    persists = head.persists && framing != .untilClose
    isComplete = decoder.hasEnded
    // What it says is final: the rest of a body would be sent for nothing.
    if head.status >= 400 { upload?.cancel() }
    connection.watch.noteAnswer()
    if upload?.isDone ?? true { connection.watch.rest() }
    return IncomingHead(
      status: head.status, reason: head.reason, fields: .block(head.block),
      version: head.minorVersion == 1 ? "1.1" : "1.\(head.minorVersion)")
  }

  func nextChunk() async throws -> [UInt8]? {
    if isComplete { return nil }
    connection.watch.begin(.betweenBytes, within: configuration.timeouts.betweenBytes)
    defer { connection.watch.rest() }
    var chunk: [UInt8]?
    try await connection.stream.parse { bytes, isLast in
      var position = 0
      defer { counted.bytesReceived += position }
      switch try self.decoder.next(in: bytes, at: &position, isLast: isLast) {
      case .data(let range):
        chunk = [UInt8](bytes[range])
        return (true, position)
      case .needsMore: return (false, position)
      case .end(let fields):
        trailers = fields
        return (true, position)
      }
    }
    if chunk == nil || decoder.hasEnded { isComplete = true }
    return chunk
  }

  func finish() {
    if isFinished { return }
    isFinished = true
    upload?.cancel()
    // A body of which a part was sent, or none though it was announced, leaves the connection in no state.
    let isSent = upload?.isDone ?? !(request.expectsContinue && request.body != nil)
    giveBack(connection, isComplete && persists && isSent && ownFailure == nil)
  }
}
