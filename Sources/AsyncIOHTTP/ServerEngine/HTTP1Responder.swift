// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCore
internal import HTTPTypes

/// Sends the response to a request of HTTP/1.1.
///
/// Unchecked: used on the connection's loop.
final class HTTP1Responder: @unchecked Sendable {
  private let connection: HTTP1ServerConnection
  private let head: RequestHead
  private let request: HTTPServer.Request
  private let reader: HTTP1RequestBody?
  private let since: LoopClock.Instant
  private var bytesSent = 0
  private var status: HTTPResponse.Status?

  /// Up to this size a body goes with its head.
  private static let smallBody = 16 << 10

  init(
    _ connection: HTTP1ServerConnection, _ head: RequestHead, _ request: HTTPServer.Request,
    _ reader: HTTP1RequestBody?, since: LoopClock.Instant
  ) {
    self.connection = connection
    self.head = head
    self.request = request
    self.reader = reader
    self.since = since
  }

  private var stream: ByteStream { connection.stream }
  private var configuration: HTTPServer.Configuration { connection.core.configuration }

  /// There is no response.
  func giveUp() {
    reader?.close()
    end(isComplete: false)
  }

  private func end(isComplete: Bool) {
    request.end(
      HTTPServer.Outcome(
        status: status, bytesSent: bytesSent, duration: since.duration(to: .now),
        isComplete: isComplete))
  }

  /// Sends a response, and reads what is left of the request; whether the connection can be used again.
  @discardableResult
  func send(_ response: HTTPServer.Response) async throws -> Bool {
    defer { reader?.close() }
    do {
      let keeps = try await sendMessage(response)
      end(isComplete: true)
      guard keeps, let reader, !reader.isComplete else { return keeps }
      return try await reader.drop(upTo: configuration.limits.droppedBody)
    } catch {
      end(isComplete: false)
      throw error
    }
  }

  private func sendMessage(_ response: HTTPServer.Response) async throws -> Bool {
    if case .upgrade(let body) = response.body.storage {
      return try await upgrade(response, body)
    }
    let plan = plan(response)
    let encoded: HeadEncoder
    do {
      if response.status.kind == .informational {
        throw StatusError(.internalServerError, "\(response.status.code) is no final status")
      }
      encoded = try encode(response, plan)
    } catch {
      connection.core.log(request, error)
      let instead = HTTPServer.Response.named(.internalServerError)
      let plan = self.plan(instead)
      try await sendBody(of: instead, plan, behind: try encode(instead, plan))
      return plan.keeps
    }
    try await sendBody(of: response, plan, behind: encoded)
    return plan.keeps
  }

  // MARK: The head

  /// How a response is framed.
  private struct Plan {
    var framing: BodyFraming
    var hasBody: Bool
    /// Whether the connection can be used again.
    var keeps: Bool
  }

  private func plan(_ response: HTTPServer.Response) -> Plan {
    let isHead = request.method == .head
    var keeps =
      head.persists && !connection.core.isDraining
      && reader?.canBeDropped(within: configuration.limits.droppedBody) ?? true
      && !Task.isCancelled
    if response.otherHeaders[.connection]?.lowercased() == "close" { keeps = false }
    // RFC 9110 sections 6.4.1 and 15.3.6: no body, and with 205 a length that says so.
    switch response.status.code {
    case 204, 304: return Plan(framing: .none, hasBody: false, keeps: keeps)
    case 205: return Plan(framing: .length(0), hasBody: false, keeps: keeps)
    default: break
    }
    guard let length = response.body.length else {
      if head.minorVersion == 0 {
        return Plan(framing: .untilClose, hasBody: !isHead, keeps: keeps && isHead)
      }
      return Plan(framing: isHead ? .none : .chunked, hasBody: !isHead, keeps: keeps)
    }
    return Plan(framing: .length(length), hasBody: !isHead && length > 0, keeps: keeps)
  }

  private func encode(
    _ response: HTTPServer.Response, _ plan: Plan
  ) throws -> HeadEncoder {
    var encoder = HeadEncoder()
    try encoder.beginResponse(
      status: response.status.code, reason: response.status.reasonPhrase)
    if let kind = response.kind { encoder.append(kind.line) }
    var fields = response.otherHeaders
    if fields.isEmpty || fields[.date] == nil { encoder.append(lines: DateLine.current) }
    if let name = configuration.serverName, fields[.server] == nil { fields[.server] = name }
    if !fields.isEmpty { fields[.connection] = nil }
    // RFC 9110 section 7.8.
    if !fields.isEmpty, fields[.upgrade] != nil {
      encoder.append("Connection: upgrade\r\n" as StaticString)
    }
    if !plan.keeps {
      encoder.append("Connection: close\r\n" as StaticString)
    } else if head.minorVersion == 0 {
      encoder.append("Connection: keep-alive\r\n" as StaticString)
    }
    try encoder.endResponse(fields, plan.framing)
    return encoder
  }

  // MARK: The body

  private func sendBody(
    of response: HTTPServer.Response, _ plan: Plan, behind encoded: HeadEncoder
  ) async throws {
    var encoder = encoded
    status = response.status
    connection.watch.begin(.write, within: configuration.timeouts.write)
    defer { connection.watch.rest(.output) }
    guard plan.hasBody else { return try await stream.write(encoder.take()) }
    switch response.body.storage {
    case .empty, .upgrade: try await stream.write(encoder.take())
    case .bytes(let bytes):
      if bytes.count <= Self.smallBody {
        encoder.append(body: bytes)
        try await stream.write(encoder.take())
      } else {
        try await write(bytes, behind: encoder.take())
      }
      bytesSent = bytes.count
    case .file(let file): try await send(file, behind: encoder.take())
    case .stream(_, let body):
      try await stream.write(encoder.take())
      // From now on it is the handler that is waited for.
      connection.watch.rest(.output)
      try await send(plan.framing, body)
    }
  }

  /// In pieces, each of which is progress.
  private func write(_ bytes: [UInt8], behind head: [UInt8]) async throws {
    var rest = bytes[...]
    try await stream.write([head, Array(rest.prefix(Self.piece))])
    rest = rest.dropFirst(Self.piece)
    while !rest.isEmpty {
      connection.watch.begin(.write, within: configuration.timeouts.write)
      try await stream.write(Array(rest.prefix(Self.piece)))
      rest = rest.dropFirst(Self.piece)
    }
  }

  /// So large are the pieces that are watched over.
  static let piece = 256 << 10

  private func send(
    _ framing: BodyFraming, _ body: @Sendable (BodyWriter) async throws -> Void
  ) async throws {
    let sink = HTTP1ResponseSink(connection, framing)
    let writer = BodyWriter(sink)
    defer { bytesSent = sink.bytesSent }
    do {
      try await body(writer)
      try await sink.finish(writer.trailers)
    } catch {
      if !(error is CancellationError), !(error is ClientDisconnectedError) {
        connection.core.log(request, error)
      }
      // A body that is ended by the close must not seem whole; any other is seen to be cut.
      if framing == .untilClose { stream.abort() }
      throw ClientDisconnectedError()
    }
  }

  private func send(_ file: ServedFile, behind head: [UInt8]) async throws {
    try await stream.write(head)
    var (offset, left) = (file.offset, file.length)
    while left > 0 {
      connection.watch.begin(.write, within: configuration.timeouts.write)
      let sent = try await stream.sendFile(
        file.file, file.subject, from: offset, count: min(left, Self.piece * 4))
      // The file has become shorter than was announced: the response is cut.
      if sent == 0 { throw BodyLengthError(announced: file.length, isLonger: false) }
      offset += sent
      left -= sent
      bytesSent += sent
    }
  }

  // MARK: Other protocols

  private func upgrade(
    _ response: HTTPServer.Response,
    _ body: @escaping @Sendable (ByteStream) async throws -> Void
  ) async throws -> Bool {
    guard head.asksForUpgrade else {
      var refusal = HTTPServer.Response.named(.upgradeRequired)
      refusal.headers[.upgrade] = response.otherHeaders[.upgrade]
      refusal.headers[.connection] = "upgrade"
      return try await sendMessage(refusal)
    }
    var encoder = HeadEncoder()
    try encoder.beginResponse(
      status: response.status.code, reason: response.status.reasonPhrase)
    encoder.append("Connection: Upgrade\r\n" as StaticString)
    try encoder.endResponse(response.otherHeaders, .none)
    connection.watch.begin(.write, within: configuration.timeouts.write)
    try await stream.write(encoder.take())
    status = response.status
    connection.watch.stop()
    connection.isUpgraded = true
    do {
      try await body(stream)
    } catch let error where !(error is CancellationError) {
      connection.core.log(request, error)
    }
    return false
  }
}
