// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// A request and its answer by HTTP/2.
///
/// Unchecked: one task uses it.
final class HTTP2Exchange: Exchange, @unchecked Sendable {
  let connection: HTTP2Connection
  private let request: Outgoing
  private let configuration: HTTPClient.Configuration
  private let loop: EventLoop
  private let giveBack: () -> Void
  private var stream: StreamID?
  private var watch: PhaseWatch?
  private var upload: Upload?
  private(set) var trailers = HTTPFields()
  private var isWhole = false
  private var hasEnded = false
  private var isFinished = false
  private var counted = ExchangeMeter(isReused: false)

  init(
    _ connection: HTTP2Connection, _ request: Outgoing, _ configuration: HTTPClient.Configuration,
    on loop: EventLoop, giveBack: @escaping () -> Void
  ) {
    self.connection = connection
    self.request = request
    self.configuration = configuration
    self.loop = loop
    self.giveBack = giveBack
  }

  var meter: ExchangeMeter {
    var meter = counted
    if let stream, !isFinished {
      (meter.bytesSent, meter.bytesReceived) = connection.traffic(of: stream)
    }
    return meter
  }

  var ownFailure: (any Error)? { upload?.error ?? watch?.expired }
  var hasBegunBody: Bool { upload != nil }

  // MARK: The request

  func begin() async throws -> IncomingHead {
    let hasBody = request.body != nil && request.bodyLength != 0
    let opened: (stream: StreamID, wasReused: Bool, times: DialTimes?)
    do {
      opened = try connection.open(request, hasBody: hasBody)
    } catch let error as HTTP2Error where error != .noNewStreams {
      throw error
    } catch {
      throw ExchangeFailure(cause: error, progress: .unprocessed, wasReused: true)
    }
    let stream = opened.stream
    self.stream = stream
    counted = ExchangeMeter(isReused: opened.wasReused, times: opened.times)
    Trace.request(request, configuration)
    let watch = makeWatch(stream)
    self.watch = watch
    do {
      if hasBody, let body = request.body {
        try await connection.flush()
        if request.expectsContinue, let head = try await headBeforeBody(stream) { return head }
        send(body, stream, watch)
      } else {
        try await connection.flush()
      }
      return try await readHead(stream)
    } catch let error where Self.isOfConnection(error) {
      throw ExchangeFailure(cause: error, progress: .sent, wasReused: opened.wasReused)
    }
  }

  private func makeWatch(_ stream: StreamID) -> PhaseWatch {
    let start = LoopClock.Instant.now
    let watch = PhaseWatch(loop) { [weak connection] timeout in
      connection?.expire(stream, timeout, since: start)
    }
    watch.limit(request.total)
    watch.begin(.firstByte, within: configuration.timeouts.firstByte)
    return watch
  }

  private static func isOfConnection(_ error: any Error) -> Bool {
    !(error is CancellationError || error is ExchangeFailure || error is HTTP2Error
      || error is WireError || error is PhaseTimeout)
  }

  /// Waits for 100, but not for long; nil if the body is to be sent.
  private func headBeforeBody(_ stream: StreamID) async throws -> IncomingHead? {
    try await moveOn(after: configuration.timeouts.continuation) {
      try await readHead(stream, upToContinue: true)
    } ?? nil
  }

  private func send(_ body: BodySource, _ stream: StreamID, _ watch: PhaseWatch) {
    let (connection, timeouts) = (connection, configuration.timeouts)
    let sink = HTTP2BodySink(
      connection, stream, length: request.bodyLength, watch, within: timeouts.send)
    upload = Upload {
      try await body.send(to: sink)
      try await sink.finish()
      watch.begin(.firstByte, within: timeouts.firstByte)
    } onFailure: {
      connection.fail(stream, UploadEnded())
    }
  }

  // MARK: The answer

  private func readHead(_ stream: StreamID) async throws -> IncomingHead {
    guard let head = try await readHead(stream, upToContinue: false) else {
      throw WireError(.tooManyInformationalHeads)
    }
    return head
  }

  /// The final head; nil if it is 100 and that is what is waited for.
  private func readHead(
    _ stream: StreamID, upToContinue: Bool
  ) async throws -> IncomingHead? {
    var informational = 0
    while true {
      switch try await connection.next(stream) {
      case .response(_, let status, let fields, _) where status < 200:
        Trace.response(status, fields, configuration)
        if upToContinue, status == 100 { return nil }
        informational += 1
        guard informational <= ResponseHead.mostInformational else {
          throw WireError(.tooManyInformationalHeads)
        }
      case .response(_, let status, let fields, let isLast):
        Trace.response(status, fields, configuration)
        hasEnded = isLast
        watch?.noteAnswer()
        if upload?.isDone ?? true { watch?.rest() }
        return IncomingHead(status: status, reason: "", fields: .list(fields), version: "2")
      case .closed(_, let code):
        isWhole = true
        throw ExchangeFailure(
          cause: StreamResetError(code: code),
          progress: code == .refusedStream ? .unprocessed : .answered, wasReused: counted.isReused)
      default: continue
      }
    }
  }

  func nextChunk() async throws -> [UInt8]? {
    guard let stream, !hasEnded else { return nil }
    watch?.begin(.betweenBytes, within: configuration.timeouts.betweenBytes)
    defer { watch?.rest() }
    while true {
      switch try await connection.next(stream) {
      case .data(_, let bytes):
        try await connection.consume(stream, bytes.count)
        if !bytes.isEmpty { return bytes }
      case .trailers(_, let fields): trailers = fields
      case .end:
        hasEnded = true
        return nil
      case .closed(_, let code):
        // The end would have come before: this is a body that was cut, whatever the code says.
        isWhole = true
        hasEnded = true
        throw StreamResetError(code: code)
      default: continue
      }
    }
  }

  func finish() {
    if isFinished { return }
    counted = meter
    isFinished = true
    watch?.stop()
    upload?.cancel()
    if let stream { connection.finish(stream, isWhole: isWhole || hasEnded) }
    giveBack()
  }
}
