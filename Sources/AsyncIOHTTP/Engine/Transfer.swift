// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import HTTPCodings
internal import HTTPCore
internal import HTTPTypes

/// A request with all that it takes to get its answer: redirects, and second tries on other connections.
///
/// Unchecked: one task uses it at a time, which `use` sees to.
final class Transfer: @unchecked Sendable {
  private let configuration: HTTPClient.Configuration
  private let pool: ConnectionPool
  private let proxies: ProxyTable
  private var outgoing: Outgoing
  private var exchange: (any Exchange)?
  private var body = DecodedBody()
  private var hasEnded = false
  /// A body that can be sent once, and was begun.
  private var isBodySpent = false
  /// What is known of attempts that are over.
  private var past = HTTPClient.Story()
  private let start = LoopClock.Instant.now
  /// When there was a connection.
  private var connected: LoopClock.Instant?
  private(set) var trailers = HTTPFields()
  /// The sequence of chunks may have been handed to other tasks.
  private let use = Guarded((isReading: false, isOver: false))

  /// What of an answer that is not wanted is read, so that its connection can be used again.
  private static let mostDiscarded = 64 << 10
  private static let discardLimit = Duration.seconds(1)
  /// How often a request that was not processed is sent again.
  private static let mostRetries = 3

  init(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration,
    _ pool: ConnectionPool, _ proxies: ProxyTable, _ defaults: DefaultFields
  ) throws {
    self.configuration = configuration
    self.pool = pool
    self.proxies = proxies
    outgoing = Outgoing(
      url: try HostNames.url(request.url), method: request.method, fields: request.headers,
      body: request.content?.source, expectsContinue: request.expectsContinue)
    outgoing.total = (request.timeout ?? configuration.timeout).map { TotalLimit($0, from: start) }
    if defaults.areMissing(in: request.headers) {
      outgoing.defaults = defaults
    } else {
      outgoing.fields = defaults.completing(outgoing.fields)
    }
    setDefaults(request)
  }

  private func setDefaults(_ request: HTTPClient.Request) {
    func set(_ name: HTTPField.Name, _ value: @autoclosure () -> String?) {
      if outgoing.fields[name] == nil, let value = value() { outgoing.fields[name] = value }
    }
    set(.contentType, request.content?.contentType)
    set(
      .authorization,
      request.authorization?.value
        ?? outgoing.url.userInfo.map { "Basic \(Base64.encode(Percent.decode($0)))" })
  }

  /// The URL that is asked, after redirects.
  var url: String { outgoing.url.description }

  // MARK: The story

  /// How the answer comes about, up to now.
  var story: HTTPClient.Story {
    var story = past
    if let exchange { story.note(exchange.meter) }
    story.total = start.duration(to: .now)
    return story
  }

  private func error(_ error: any Error) -> any Error {
    guard let own = exchange?.ownFailure else {
      return HTTPError.from(error, url: url, attempt: past.attempts)
    }
    // What the caller's body throws is the caller's.
    guard own is PhaseTimeout || own is BodyLengthError else { return own }
    return HTTPError(own, url: url, attempt: past.attempts)
  }

  // MARK: The head

  /// Sends the request, follows redirects, and returns the head of the final answer.
  func begin() async throws -> HTTPClient.ResponseHead {
    outgoing.bodyLength = try await outgoing.body?.length()
    while true {
      let head = try await answer()
      takeCookies(of: head)
      guard configuration.maxRedirects > 0, 300..<400 ~= head.status,
        let location = head.fields[.location, .location],
        let next = try redirected(head.status, location)
      else { return try accept(head) }
      guard past.redirects < configuration.maxRedirects else {
        throw HTTPError(
          .tooManyRedirects, url: url,
          message: "more than \(configuration.maxRedirects) redirects", attempt: past.attempts)
      }
      past.redirects += 1
      await discard()
      outgoing = next
      configuration.trace?(.note("follows the redirect to \(next.url)"))
    }
  }

  private func redirected(_ status: Int, _ location: String) throws -> Outgoing? {
    let next: Outgoing?
    do {
      next = try outgoing.redirected(by: status, to: location, toASCII: HostNames.toASCII)
    } catch {
      throw refused(
        "it redirects to \(location.debugDescription), which cannot be requested: \(error)")
    }
    guard let next else { return nil }
    if outgoing.url.isSecure, !next.url.isSecure, !configuration.allowsInsecureRedirects {
      throw refused("it redirects to \(next.url), which is not secure")
    }
    if next.body != nil, isBodySpent {
      throw refused("it redirects to \(next.url) with the body, which can be sent once only")
    }
    return next
  }

  private func refused(_ message: String) -> HTTPError {
    HTTPError(.invalidResponse, url: url, message: message, attempt: past.attempts)
  }

  private func answer() async throws -> IncomingHead {
    var retries = RetryPolicy(most: Self.mostRetries)
    var failed: (any Exchange)?
    while true {
      do {
        try Task.checkCancellation()
        let exchange = try await nextExchange(after: failed)
        self.exchange = exchange
        past.attempts += 1
        let head = try await exchange.begin()
        noteBody(exchange)
        guard retries.allowsRetry(of: &outgoing, after: head.status, exchange, isBodySpent) else {
          return noted(head)
        }
        failed = exchange
        await discard()
      } catch let failure as ExchangeFailure {
        failed = exchange
        if let exchange { noteBody(exchange) }
        let cause = error(failure.cause)
        let isOwn = exchange?.ownFailure != nil
        release()
        guard !isOwn, retries.allowsRetry(of: outgoing, after: failure, isBodySpent) else {
          throw cause
        }
        configuration.trace?(.note("tries again: \(failure.cause)"))
      } catch {
        let cause = self.error(error)
        end()
        throw cause
      }
    }
  }

  private func nextExchange(after failed: (any Exchange)?) async throws -> any Exchange {
    outgoing.route =
      try configuration.unixSocket.map { .unix($0) } ?? proxies.route(to: outgoing.url)
    if let jar = configuration.cookies, outgoing.fields[.cookie] == nil || past.redirects > 0 {
      outgoing.fields[.cookie] = jar.field(for: outgoing.url)
    }
    let exchange: any Exchange
    if failed == nil, let kept = pool.keptExchange(for: outgoing) {
      exchange = kept
    } else {
      exchange = try await newExchange(after: failed)
    }
    connected = .now
    return exchange
  }

  /// Waits for a connection, but no longer than for the whole request.
  private func newExchange(after failed: (any Exchange)?) async throws -> any Exchange {
    guard let total = outgoing.total else {
      return try await pool.exchange(for: outgoing, after: failed)
    }
    let exchange = try await moveOn(after: LoopClock.Instant.now.duration(to: total.deadline)) {
      try await pool.exchange(for: outgoing, after: failed)
    }
    guard let exchange else { throw total.timeout }
    return exchange
  }

  private func noteBody(_ exchange: any Exchange) {
    if exchange.hasBegunBody, outgoing.body?.isReplayable == false { isBodySpent = true }
  }

  private func noted(_ head: IncomingHead) -> IncomingHead {
    past.version = head.version
    past.firstByte = connected.map { $0.duration(to: .now) }
    return head
  }

  private func takeCookies(of head: IncomingHead) {
    guard let jar = configuration.cookies else { return }
    let values = head.fields.values(.setCookie, .setCookie)
    if !values.isEmpty { jar.take(values, from: outgoing.url) }
  }

  private func accept(_ head: IncomingHead) throws -> HTTPClient.ResponseHead {
    if configuration.decodesBodies, outgoing.method != .head, head.status != 206 {
      do {
        body = try DecodedBody(head.fields[.contentEncoding, .contentEncoding])
      } catch {
        throw self.error(error)
      }
    }
    return HTTPClient.ResponseHead(
      status: HTTPResponse.Status(code: head.status, reasonPhrase: head.reason),
      fields: head.fields, url: url,
      version: head.version, story: story)
  }

  // MARK: The body

  /// The next bytes of the body, decoded; nil at its end.
  ///
  /// One task at a time; after the end of the call that lends the body there is nothing more.
  func nextChunk() async throws -> [UInt8]? {
    let mayRead = try use.withLock { use in
      if use.isReading {
        throw HTTPError(.other, url: url, message: "another task is reading the body")
      }
      use.isReading = !use.isOver
      return use.isReading
    }
    guard mayRead else { return nil }
    defer {
      let isOver = use.withLock { use in
        use.isReading = false
        return use.isOver
      }
      if isOver { end() }
    }
    return try await readChunk()
  }

  private func readChunk() async throws -> [UInt8]? {
    if hasEnded { return nil }
    do {
      // A body that is always there leaves the watch nothing to wait for.
      if let total = outgoing.total, total.deadline <= .now { throw total.timeout }
      while true {
        if let piece = try await body.next() { return piece }
        guard let chunk = try await exchange?.nextChunk() else {
          try body.finish()
          trailers = exchange?.trailers ?? [:]
          end()
          return nil
        }
        if !body.isCoded { return chunk }
        body.give(chunk)
      }
    } catch {
      let cause = self.error(error)
      end()
      throw cause
    }
  }

  /// Reads an answer that is not wanted, if it is short.
  private func discard() async {
    _ = try? await moveOn(after: Self.discardLimit) {
      var count = 0
      while count < Self.mostDiscarded, let chunk = try await self.exchange?.nextChunk() {
        count += chunk.count
      }
    }
    release()
  }

  /// The call that lends the body is over, whether all was read or not; a task that still reads ends it.
  func finish() {
    let isReading = use.withLock { use in
      use.isOver = true
      return use.isReading
    }
    if !isReading { end() }
  }

  private func end() {
    release()
    hasEnded = true
  }

  private func release() {
    guard let exchange else { return }
    exchange.finish()
    past.note(exchange.meter)
    self.exchange = nil
  }
}

extension HTTPClient.Story {
  fileprivate mutating func note(_ meter: ExchangeMeter) {
    isConnectionReused = meter.isReused
    (resolve, connect, tls) = (meter.times?.resolve, meter.times?.connect, meter.times?.tls)
    (bytesSent, bytesReceived) = (meter.bytesSent, meter.bytesReceived)
  }
}
