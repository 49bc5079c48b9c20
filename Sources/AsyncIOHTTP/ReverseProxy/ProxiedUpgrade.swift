// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCore
internal import HTTPTypes

/// A protocol that is asked for by Upgrade, passed through to another server.
struct ProxiedUpgrade {
  private let client: HTTPClient
  private let url: String
  private let fields: HTTPFields

  init(_ client: HTTPClient, _ url: String, _ fields: HTTPFields) {
    self.client = client
    self.url = url
    self.fields = fields
  }

  func response() async throws -> HTTPServer.Response {
    var configuration = client.configuration
    configuration.version = .http1
    let parsed = try HostNames.url(url)
    do {
      let dialed = try await Dialer(configuration).connect(to: parsed, by: .direct)
      do {
        return try await ask(dialed.stream, parsed, configuration)
      } catch {
        dialed.stream.closeAtOnce()
        throw error
      }
    } catch {
      throw HTTPError.from(error, url: url, attempt: 1)
    }
  }

  private func ask(
    _ stream: ByteStream, _ url: HTTPURL, _ configuration: HTTPClient.Configuration
  ) async throws -> HTTPServer.Response {
    var encoder = HeadEncoder()
    try encoder.appendRequest(
      method: "GET", target: url.target, host: url.authority, lines: [], fields: fields,
      framing: .none)
    let request = encoder.take()
    let limit = configuration.timeouts.firstByte ?? .seconds(300)
    let head = try await moveOn(after: limit) {
      try await stream.write(request)
      return try await ResponseHead.readSwitch(from: stream)
    }
    guard let head else { throw PhaseTimeout(phase: .firstByte, limit: limit) }
    var answered = ProxiedFields.answer(head.fields)
    guard head.status == 101 else {
      let framing = try head.framing(isHead: false)
      return HTTPServer.Response(
        status: .init(code: head.status, reasonPhrase: head.reason), headers: answered,
        body: .stream { try await Self.send(framing, from: stream, to: $0) })
    }
    answered[.upgrade] = head.fields[.upgrade]
    return HTTPServer.Response(
      status: .switchingProtocols, headers: answered,
      body: ResponseBody(.upgrade { try await Self.join($0, stream) }))
  }

  /// The body of an answer that is no switch.
  private static func send(
    _ framing: BodyFraming, from stream: ByteStream, to writer: BodyWriter
  ) async throws {
    defer { stream.closeAtOnce() }
    var decoder = BodyDecoder(framing)
    while !decoder.hasEnded {
      var piece: [UInt8]?
      try await stream.parse { bytes, isLast in
        var position = 0
        switch try decoder.next(in: bytes, at: &position, isLast: isLast) {
        case .data(let range):
          piece = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[range]))
          return (true, position)
        case .needsMore: return (false, position)
        case .end: return (true, position)
        }
      }
      guard let piece else { break }
      try await writer.write(piece)
    }
  }

  /// Copies both ways until both sides have ended.
  private static func join(_ client: ByteStream, _ server: ByteStream) async throws {
    defer { server.closeAtOnce() }
    do {
      try await withTaskScope { scope in
        scope.spawn(name: "from the server") { try await copy(from: server, to: client) }
        try await copy(from: client, to: server)
      }
    } catch is ErrorGroup {
      // A side that breaks off breaks the other off, too.
      client.abort()
    }
  }

  private static func copy(from source: ByteStream, to destination: ByteStream) async throws {
    while case let piece = try await source.read(), !piece.isEmpty {
      try await destination.write(piece)
    }
    try await destination.finishWriting()
  }
}
