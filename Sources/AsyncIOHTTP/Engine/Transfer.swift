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
  private var outgoing: Outgoing
  private var exchange: (any Exchange)?
  private var decoder: ContentDecoder?
  private var decodedInTurn = 0
  private var hasEnded = false
  /// The sequence of chunks may have been handed to other tasks.
  private let use = Guarded((isReading: false, isOver: false))

  /// What of an answer that is not wanted is read, so that its connection can be used again.
  private static let mostDiscarded = 64 << 10
  private static let discardLimit = Duration.seconds(1)
  /// How many bytes are decoded before others have a turn.
  private static let mostInTurn = 256 << 10
  /// How often a request that was not processed is sent again.
  private static let mostRetries = 3

  init(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration, _ pool: ConnectionPool
  ) throws {
    self.configuration = configuration
    self.pool = pool
    outgoing = Outgoing(
      url: try HostNames.url(request.url), method: request.method, fields: request.headers,
      body: request.body)
    if outgoing.fields[.userAgent] == nil { outgoing.fields[.userAgent] = configuration.userAgent }
    if outgoing.fields[.accept] == nil { outgoing.fields[.accept] = "*/*" }
    if outgoing.fields[.acceptEncoding] == nil {
      outgoing.fields[.acceptEncoding] = "gzip, deflate, br, zstd"
    }
    if let userInfo = outgoing.url.userInfo, outgoing.fields[.authorization] == nil {
      outgoing.fields[.authorization] = "Basic \(Base64.encode(Self.percentDecoded(userInfo)))"
    }
  }

  /// The URL that is asked, after redirects.
  var url: String { outgoing.url.description }

  // MARK: The head

  /// Sends the request, follows redirects, and returns the head of the final answer.
  func begin() async throws -> HTTPClient.ResponseHead {
    var redirects = 0
    while true {
      let head = try await answer()
      guard configuration.maxRedirects > 0, 300..<400 ~= head.status,
        let location = head.fields[.location, .location],
        let next = try redirected(head.status, location)
      else { return try accept(head) }
      guard redirects < configuration.maxRedirects else {
        throw HTTPError(
          .tooManyRedirects, url: url,
          message: "more than \(configuration.maxRedirects) redirects")
      }
      redirects += 1
      await discard()
      outgoing = next
    }
  }

  private func redirected(_ status: Int, _ location: String) throws -> Outgoing? {
    let next: Outgoing?
    do {
      next = try outgoing.redirected(by: status, to: location, toASCII: HostNames.toASCII)
    } catch {
      throw HTTPError(
        .invalidResponse, url: url,
        message: "it redirects to \(location.debugDescription), which cannot be requested: \(error)"
      )
    }
    if let next, outgoing.url.isSecure, !next.url.isSecure {
      throw HTTPError(
        .invalidResponse, url: url,
        message: "it redirects to \(next.url), which is not secure")
    }
    return next
  }

  private func answer() async throws -> IncomingHead {
    var tries = 0
    while true {
      do {
        try Task.checkCancellation()
        let exchange = try await pool.exchange(for: outgoing, isFresh: tries > 0)
        self.exchange = exchange
        return try await exchange.begin()
      } catch let failure as ExchangeFailure {
        release()
        tries += 1
        guard tries <= Self.mostRetries, failure.allowsRetry(of: outgoing) else {
          throw HTTPError(failure.cause, url: url)
        }
      } catch {
        end()
        throw HTTPError.from(error, url: url)
      }
    }
  }

  private func accept(_ head: IncomingHead) throws -> HTTPClient.ResponseHead {
    decoder = try decoder(for: head)
    return HTTPClient.ResponseHead(
      status: HTTPResponse.Status(code: head.status), fields: head.fields, url: url,
      version: head.version)
  }

  /// What undoes the codings of the body; nil if there is none, or one that is not known: then the bytes are passed on.
  private func decoder(for head: IncomingHead) throws -> ContentDecoder? {
    guard outgoing.method != .head, head.status != 206,
      let names = head.fields[.contentEncoding, .contentEncoding]
    else { return nil }
    var codings: [ContentCoding] = []
    for name in names.split(separator: ",").map({ $0.drop { $0 == " " } }) {
      if name.lowercased() == "identity" { continue }
      guard let coding = ContentCoding(name: name.split(separator: " ").first ?? "") else {
        return nil
      }
      codings.append(coding)
    }
    guard 1...2 ~= codings.count else { return nil }
    return try ContentDecoder(codings)
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
      while true {
        if let piece = try decoder?.next() {
          await giveTurn(after: piece.count)
          return piece
        }
        guard let chunk = try await exchange?.nextChunk() else {
          try decoder?.finish()
          end()
          return nil
        }
        guard let decoder else { return chunk }
        decoder.give(chunk)
      }
    } catch {
      end()
      throw HTTPError.from(error, url: url)
    }
  }

  /// Lets other tasks run now and then: a few bytes may stand for so many that nothing has to be waited for.
  private func giveTurn(after count: Int) async {
    decodedInTurn += count
    guard decodedInTurn >= Self.mostInTurn else { return }
    decodedInTurn = 0
    await Task.yield()
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
    exchange?.finish()
    exchange = nil
  }

  private static func percentDecoded(_ text: String) -> [UInt8] {
    var (bytes, rest): ([UInt8], ArraySlice<UInt8>) = ([], Array(text.utf8)[...])
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
