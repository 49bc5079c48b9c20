// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// Answers a request of HTTP/2.
struct HTTP2Responder {
  private let connection: HTTP2ServerConnection
  private let stream: HTTP2ServerStream
  private let request: HTTPServer.Request
  private let core: ServerCore

  init(
    _ connection: HTTP2ServerConnection, _ stream: HTTP2ServerStream,
    _ request: HTTPServer.Request, _ core: ServerCore
  ) {
    self.connection = connection
    self.stream = stream
    self.request = request
    self.core = core
  }

  /// Answers, and leaves nothing of the stream behind.
  func answer() async {
    var status: HTTPResponse.Status?
    var isComplete = false
    if let response = await response() {
      do {
        try await send(response, &status)
        isComplete = true
      } catch {
        if !(error is CancellationError), !(error is ClientDisconnectedError) {
          core.log(request, error)
        }
        connection.reset(stream.id, .internalError)
      }
    } else {
      connection.reset(stream.id, .cancel)
    }
    // What the client still sends is sent for nothing, RFC 9113 section 8.1.
    if !stream.hasEnded, !stream.isClosed { connection.reset(stream.id, .noError) }
    stream.endUse()
    try? await connection.flush()
    request.end(
      HTTPServer.Outcome(
        status: status, bytesSent: stream.bytesSent, duration: stream.since.duration(to: .now),
        isComplete: isComplete))
  }

  private func response() async -> HTTPServer.Response? {
    if let length = request.body.announcedLength, length > core.configuration.limits.body {
      return .named(.contentTooLarge)
    }
    if request.method == .connect { return .named(.notImplemented) }
    let response = await core.respond(to: request)
    if response == nil, core.isDraining, !stream.isClosed { core.noteCancelled(stream.unfinished) }
    return response
  }

  private func send(
    _ response: HTTPServer.Response, _ status: inout HTTPResponse.Status?
  ) async throws {
    if case .upgrade = response.body.storage {
      return try await send(.named(.notImplemented), &status)
    }
    if response.status.kind == .informational {
      core.log(
        request,
        StatusError(.internalServerError, "\(response.status.code) is no final status"))
      return try await send(.named(.internalServerError), &status)
    }
    let hasBody = hasBody(response)
    do {
      try connection.respond(
        stream.id, status: response.status.code, fields(response), hasBody: hasBody)
    } catch HTTP2Error.malformedField(let name) {
      core.log(request, HTTP2Error.malformedField(name))
      return try await send(.named(.internalServerError), &status)
    }
    status = response.status
    guard hasBody else {
      stream.noteAnswered()
      return try await connection.flush()
    }
    stream.announced = response.body.length
    let trailers = try await sendBody(response.body)
    if let announced = stream.announced, stream.bytesSent != announced {
      throw BodyLengthError(announced: announced, isLonger: false)
    }
    stream.noteAnswered()
    try connection.finishBody(stream.id, trailers)
    try await connection.flush()
    // Until then the client may still go.
    try await stream.waitUntilSent()
  }

  private func hasBody(_ response: HTTPServer.Response) -> Bool {
    if request.method == .head || response.body.length == 0 { return false }
    return ![204, 205, 304].contains(response.status.code)
  }

  private func fields(_ response: HTTPServer.Response) -> HTTPFields {
    var fields = response.headers
    // RFC 9113 section 8.2.2.
    for name in Self.ofConnections { fields[name] = nil }
    if fields[.date] == nil { fields[.date] = DateLine.text }
    if let name = core.configuration.serverName, fields[.server] == nil { fields[.server] = name }
    fields[.contentLength] = nil
    if let length = response.body.length, ![204, 304].contains(response.status.code) {
      fields[.contentLength] = String(length)
    }
    return fields
  }

  private static let ofConnections: [HTTPField.Name] =
    [.connection, .transferEncoding, .upgrade]
    + ["Keep-Alive", "Proxy-Connection"].compactMap { HTTPField.Name($0) }

  /// Sends a body; returns what is to follow it.
  private func sendBody(_ body: ResponseBody) async throws -> HTTPFields {
    switch body.storage {
    case .empty, .upgrade: return [:]
    case .bytes(let bytes):
      try await stream.write(bytes)
      return [:]
    case .file(let file):
      for try await piece in file.pieces { try await stream.write(piece) }
      return [:]
    case .stream(_, let write):
      let writer = BodyWriter(stream)
      try await connection.flush()
      try await write(writer)
      return writer.trailers
    }
  }
}
