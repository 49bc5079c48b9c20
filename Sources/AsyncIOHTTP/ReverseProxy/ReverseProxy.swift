// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import HTTPTypes

/// Hands requests to another server, and its answers back.
///
/// ```swift
/// let api = try ReverseProxy(to: "http://127.0.0.1:9000")
/// for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
///   app.on(method, "/api/{path...}") { request in try await api.response(for: request) }
/// }
/// ```
///
/// Bodies are streamed both ways, and a side that is slow holds the other back. WebSockets, and other protocols that are asked for by Upgrade, are
/// passed through. The other server is told of the client in `X-Forwarded-For`, `-Proto` and `-Host`; fields that concern one
/// connection only are left out (RFC 9110 section 7.6.1). Nothing is decoded, and redirects are the client's to follow.
public final class ReverseProxy: Sendable {
  private let target: String
  private let client: HTTPClient
  /// The text that replaces `prefix` in paths; nil to keep them as they are.
  private let path: String?
  private let prefix: String

  /// A proxy for a server.
  ///
  /// - Parameters:
  ///   - url: The server, `http` or `https`. A path in it, if only a slash, takes the place of `prefix`; without one, paths stay as
  ///     they are.
  ///   - prefix: What paths begin with here.
  ///   - configuration: Settings of the client, for certificates and times.
  /// - Throws: ``HTTPError`` when the URL is none.
  public init(
    to url: String, replacing prefix: String = "",
    configuration: HTTPClient.Configuration = HTTPClient.Configuration()
  ) throws {
    let parsed = try HostNames.url(url)
    target = "\(parsed.isSecure ? "https" : "http")://\(parsed.authority)"
    // A URL without a path is read as one with a slash.
    let hasPath = url.drop { $0 != "/" }.dropFirst(2).contains("/")
    let ownPath = parsed.target.prefix { $0 != "?" }
    path = hasPath ? String(ownPath.hasSuffix("/") ? ownPath.dropLast() : ownPath) : nil
    self.prefix = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    var configuration = configuration
    configuration.decodesBodies = false
    configuration.maxRedirects = 0
    configuration.cookies = nil
    configuration.proxy = .none
    // A stream may go on for ever; how long its parts may take stays limited.
    configuration.timeout = nil
    client = HTTPClient(configuration, DefaultFields())
  }

  /// The other server's answer to a request.
  ///
  /// **Cancellation.** The request to the other server is cancelled, too.
  ///
  /// - Throws: ``StatusError``, 502 or 504, when the other server cannot be reached, breaks the protocol, or takes too long;
  ///   ``ClientDisconnectedError``; `CancellationError`.
  public func response(for request: HTTPServer.Request) async throws -> HTTPServer.Response {
    do {
      // HTTP/2 is no other protocol: a server may always go on with HTTP/1.1.
      if case .http1(let head) = request.head, request.method == .get, head.asksForUpgrade,
        !head.block.hasMember("h2c", in: .upgrade)
      {
        return try await ProxiedUpgrade(
          client, try url(request), fields(request, keepsUpgrade: true)
        )
        .response()
      }
      return try await forward(request)
    } catch let error as HTTPError {
      Log.debug("\(request.method.rawValue) \(request.path) could not be passed on: \(error)")
      throw StatusError(error.code == .timedOut ? .gatewayTimeout : .badGateway)
    }
  }

  private func url(_ request: HTTPServer.Request) throws -> String {
    let parts = request.path.utf8.dropFirst()
      .split(separator: 0x2F, omittingEmptySubsequences: false)
    let decoded = parts.map { Percent.decode(String($0) ?? "") }
    // Another server may read these as a way to somewhere else.
    let isPlain = decoded.allSatisfy { part in
      part != [0x2E] && part != [0x2E, 0x2E] && !part.contains { $0 == 0x2F || $0 == 0x5C }
    }
    guard isPlain else { throw StatusError(.badRequest, "the path leads elsewhere") }
    let begin = prefix.dropFirst().utf8.split(separator: 0x2F).map(Array.init)
    let query = Target.query(of: request.target).map { "?\($0)" } ?? ""
    guard let replacement = path, decoded.starts(with: begin) else {
      return target + request.path + query
    }
    let rest = parts.dropFirst(begin.count).map { "/" + (String($0) ?? "") }.joined()
    return target + replacement + (rest.isEmpty ? "/" : rest) + query
  }

  private func forward(_ request: HTTPServer.Request) async throws -> HTTPServer.Response {
    var outgoing = HTTPClient.Request(
      try url(request), method: request.method, headers: fields(request, keepsUpgrade: false))
    if request.body.source != nil {
      outgoing.content = .sequence(request.body, length: request.body.announcedLength)
    }
    let transfer = HeldTransfer(try client.transfer(outgoing))
    let head = try await transfer.begin()
    let answered = ProxiedFields.answer(head.headers)
    // Of an answer to HEAD, and of 304, it was not looked at.
    let length = head.headers[.contentLength].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    var response = HTTPServer.Response(status: head.status, headers: answered)
    if length != 0 {
      response.body = .stream(length: length) { writer in
        while let piece = try await transfer.nextChunk() { try await writer.write(piece) }
        writer.trailers = transfer.trailers
      }
    }
    return response
  }

  private func fields(_ request: HTTPServer.Request, keepsUpgrade: Bool) -> HTTPFields {
    var fields = ProxiedFields.request(request.headers, keepsUpgrade: keepsUpgrade)
    let client = PeerAddress.host(of: request.peer) ?? "unknown"
    let before = fields[ProxiedFields.forwardedFor]
    fields[ProxiedFields.forwardedFor] =
      [before, client].compactMap(\.self).joined(separator: ", ")
    fields[ProxiedFields.forwardedProto] = request.scheme
    fields[ProxiedFields.forwardedHost] = request.host.isEmpty ? nil : request.host
    return fields
  }
}
