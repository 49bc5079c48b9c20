// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import AsyncIOTLS
internal import HTTPCore
internal import HTTPTypes

/// A connection of HTTP/1.1: one request after the other, each answered by the connection's own task.
///
///     silent ──bytes──► head ──whole──► handling ──returned──► responding ──sent──► idle ──bytes──► head
///
/// Unchecked: used on its loop.
final class HTTP1ServerConnection: ServerConnection, @unchecked Sendable {
  enum Phase {
    /// No byte has come.
    case silent
    /// A response was sent, and no byte of another request has come.
    case idle
    case head
    case handling
    case responding
    /// The stream is another protocol's, or has ended.
    case over
  }

  let loop = EventLoop.ambient
  let stream: ByteStream
  let core: ServerCore
  let watch: ConnectionWatch
  private let info: ConnectionInfo
  private let task = CancellableTask()
  private(set) var phase = Phase.silent
  /// Since when no byte of a request has come.
  private var quietSince = LoopClock.Instant.now
  /// The client has gone, or sends no more, while its request was handled.
  private var isClientGone = false
  /// The client has begun with HTTP/2, of which nothing was taken.
  private(set) var isHTTP2 = false

  init(_ stream: ByteStream, _ core: ServerCore) {
    self.stream = stream
    self.core = core
    info = ConnectionInfo(stream, isSecure: stream is TLSStream)
    let expiry = WeakReference<HTTP1ServerConnection>()
    watch = ConnectionWatch(loop) { expiry.object?.expire($0) }
    expiry.object = self
  }

  private var configuration: HTTPServer.Configuration { core.configuration }

  // MARK: The connection

  func serve() async throws {
    core.add(self)
    stream.onPeerFinish { [weak self] in self?.clientDidFinish() }
    defer {
      phase = .over
      stream.onPeerFinish(nil)
      watch.stop()
      core.remove(self)
    }
    do {
      while let head = try await nextHead() {
        guard try await answer(head) else { break }
        phase = .idle
      }
    } catch is WireError {
    } catch let error where !(error is CancellationError) {
      Log.debug("the connection with \(stream.peerDescription) has ended: \(error)")
    }
  }

  /// Answers a client for which there is no room.
  static func refuse(_ stream: ByteStream, _ core: ServerCore) async {
    let connection = HTTP1ServerConnection(stream, core)
    connection.watch.begin(.write, within: .seconds(1))
    let response = HTTPServer.Response.named(
      .serviceUnavailable, headers: [.retryAfter: "1"])
    try? await connection.sendLast(response)
    connection.watch.stop()
  }

  // MARK: Heads

  /// The next head; nil when there is none.
  private func nextHead() async throws -> RequestHead? {
    if core.isDraining {
      quietSince = .now
      awaitLastRequest()
    } else {
      let isFirst = phase == .silent
      quietSince = watch.begin(
        isFirst ? .firstByte : .idle,
        within: isFirst ? configuration.timeouts.firstByte : configuration.timeouts.idle)
    }
    do {
      return try await readHead()
    } catch let error as WireError {
      Log.debug("\(stream.peerDescription) has sent a request that is refused: \(error)")
      watch.begin(.write, within: configuration.timeouts.write)
      let status = HTTPResponse.Status(refusing: error)
      try await sendLast(.named(status, "\(status.code) \(status.reasonPhrase): \(error)"))
      throw error
    } catch let error as IncompleteReadError {
      if error.partial.isEmpty { return nil }
      throw error
    }
  }

  private func readHead() async throws -> RequestHead? {
    let limits = configuration.limits
    var scanner = HeadScanner(
      .request,
      HeadLimits(firstLine: limits.requestLine, bytes: limits.head, fields: limits.fields))
    var head: RequestHead?
    let mayBeHTTP2 = phase == .silent && configuration.allowsPriorKnowledge
    try await stream.parse { bytes, isLast in
      if bytes.isEmpty { return (isLast, 0) }
      if mayBeHTTP2, Self.isPreface(bytes) {
        isHTTP2 = true
        return (true, 0)
      }
      guard let (start, end) = try scanner.find(in: bytes) else {
        if phase != .head {
          phase = .head
          watch.begin(.head, within: configuration.timeouts.head)
        }
        return (false, 0)
      }
      head = try RequestHead(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      return (true, end)
    }
    return head
  }

  /// Whether bytes are the first line of HTTP/2, RFC 9113 section 3.4, which is no request of HTTP/1.
  private static func isPreface(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: "PRI * HTTP/2.0\r\n".utf8)
  }

  // MARK: Requests

  /// Answers a request; false when the connection is not to be used any more.
  private func answer(_ head: RequestHead) async throws -> Bool {
    phase = .handling
    watch.rest(.input)
    let reader =
      head.framing == .none || head.framing == .length(0)
      ? nil : HTTP1RequestBody(self, head)
    let request = request(head, reader)
    let since = LoopClock.Instant.now
    if !configuration.servesHalfClosed, stream.hasPeerFinished { clientDidFinish() }
    var response: HTTPServer.Response?
    if let length = request.body.announcedLength, length > configuration.limits.body {
      response = .named(.contentTooLarge)
    } else if request.method == .connect {
      // A client would take what follows an answer of 2xx for the tunnel.
      response = .named(.notImplemented, headers: [.connection: "close"])
    } else {
      response = await core.respond(to: request)
    }
    phase = .responding
    if response == nil, core.isDraining, !isClientGone {
      core.noteCancelled(unfinished(request, since))
      response = .named(.serviceUnavailable)
    }
    let sending = HTTP1Responder(self, head, request, reader, since: since)
    guard let response else {
      sending.giveUp()
      return false
    }
    // The handler may have been cancelled, and has an answer all the same.
    guard isClientGone || Task.isCancelled else { return try await sending.send(response) }
    return try await withCancellationShield(grace: .seconds(1)) {
      try await sending.send(response)
      return false
    }
  }

  private func request(_ head: RequestHead, _ reader: HTTP1RequestBody?) -> HTTPServer.Request {
    let length: Int? =
      switch head.framing {
      case .none: 0
      case .length(let length): length
      case .chunked, .untilClose: nil
      }
    return HTTPServer.Request(
      .http1(head), method: head.knownMethod, target: head.target,
      body: HTTPServer.RequestBody(
        source: reader, announcedLength: length,
        collectLimit: configuration.limits.collectedBody),
      info, core)
  }

  /// The last response of the connection, to no request that was understood.
  func sendLast(_ response: HTTPServer.Response) async throws {
    phase = .responding
    var encoder = HeadEncoder()
    try encoder.beginResponse(
      status: response.status.code, reason: response.status.reasonPhrase)
    if let kind = response.kind { encoder.append(kind.line) }
    encoder.append(lines: DateLine.current)
    encoder.append("Connection: close\r\n" as StaticString)
    guard case .bytes(let bytes) = response.body.storage else { return }
    try encoder.endResponse(response.otherHeaders, .length(bytes.count))
    encoder.append(body: bytes)
    try await stream.write(encoder.take())
  }

  // MARK: What happens beside it

  /// The client sends no more, or has gone.
  private func clientDidFinish() {
    guard phase == .handling || phase == .responding, !configuration.servesHalfClosed,
      !isClientGone, !isUpgraded
    else { return }
    isClientGone = true
    task.cancel()
  }

  /// The stream is another protocol's, which sees for itself that the client goes.
  var isUpgraded = false

  /// Something has taken too long.
  private func expire(_ wait: ConnectionWatch.Wait) {
    switch wait {
    case .firstByte, .idle: if !core.isDraining || stream.isQuiet { stream.closeAtOnce() }
    case .head: answerTimeout()
    // A response that has begun can only be cut.
    case .body where phase == .handling: answerTimeout()
    case .body, .write: stream.abort()
    }
  }

  private func answerTimeout() {
    createTask(name: "answer to a client that is too slow") {
      let limit = Duration.seconds(1)
      _ = try? await moveOn(after: limit) { try await self.sendLast(.named(.requestTimeout)) }
      await self.stream.close()
    }
  }

  func drain() {
    switch phase {
    // A head of which a byte has come is served.
    case .silent, .idle: awaitLastRequest()
    case .head, .handling, .responding, .over: break
    }
  }

  /// A request may be on its way to a connection that was used, or made, a moment ago: one that is lost then may not be sent again.
  private func awaitLastRequest() {
    // Not before the loop has looked for what has come.
    let soon = LoopClock.Instant.now.advanced(by: .milliseconds(1))
    watch.begin(.idle, until: max(soon, quietSince.advanced(by: Self.drainPause)))
  }

  private static let drainPause = Duration.milliseconds(250)

  private func unfinished(
    _ request: HTTPServer.Request, _ since: LoopClock.Instant
  ) -> HTTPServer.UnfinishedRequest {
    HTTPServer.UnfinishedRequest(
      method: request.method, path: request.path, age: since.duration(to: .now))
  }
}
