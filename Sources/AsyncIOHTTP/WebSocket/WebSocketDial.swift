// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCore
internal import HTTPTypes

/// Connects a client to a WebSocket.
struct WebSocketDial {
  private let url: HTTPURL
  private let shownURL: String
  private let route: Route
  private let headers: HTTPFields
  private let options: WebSocket.Options
  private let configuration: HTTPClient.Configuration

  /// So much of a refusal is read to be told.
  private static let mostRefusal = 1024

  init(
    _ url: String, _ headers: HTTPFields, _ options: WebSocket.Options,
    _ configuration: HTTPClient.Configuration, _ proxies: ProxyTable
  ) throws {
    // The same URLs by another name.
    let lower = url.prefix(6).lowercased()
    let plain =
      lower == "wss://"
      ? "https://" + url.dropFirst(6)
      : lower.hasPrefix("ws://") ? "http://" + url.dropFirst(5) : url
    shownURL = url
    self.url = try HostNames.url(plain)
    self.headers = headers
    self.options = options
    // By HTTP/2 it would be another handshake, RFC 8441.
    var configuration = configuration
    configuration.version = .http1
    self.configuration = configuration
    do {
      route = try configuration.unixSocket.map { .unix($0) } ?? proxies.route(to: self.url)
    } catch {
      throw HTTPError(error, url: url, attempt: 0)
    }
  }

  func connect() async throws -> WebSocket {
    do {
      let dialed = try await Dialer(configuration).connect(to: url, by: route)
      do {
        return try await shakeHands(dialed.stream)
      } catch {
        dialed.stream.closeAtOnce()
        throw error
      }
    } catch let fault as WebSocketFault {
      throw HTTPError(.invalidResponse, url: shownURL, message: fault.description, attempt: 1)
    } catch {
      throw HTTPError.from(error, url: shownURL, attempt: 1)
    }
  }

  private func shakeHands(_ stream: ByteStream) async throws -> WebSocket {
    let key = WebSocketHandshake.makeKey()
    var encoder = HeadEncoder()
    let outgoing = Outgoing(url: url, method: .get, fields: fields(key), route: route)
    try encoder.appendRequest(
      method: "GET", target: outgoing.target, host: url.authority, lines: [],
      fields: outgoing.ownFields, framing: .none)
    let request = encoder.take()
    let limit = configuration.timeouts.firstByte ?? configuration.timeout ?? .seconds(300)
    let head = try await moveOn(after: limit) {
      try await stream.write(request)
      return try await ResponseHead.readSwitch(from: stream)
    }
    guard let head else { throw PhaseTimeout(phase: .firstByte, limit: limit) }
    guard head.status == 101 else { throw try await refusal(head, stream) }
    let agreed = try WebSocketHandshake.check(head.fields, key, options)
    let link = try WebSocketLink(stream, isServer: false, options, agreed.deflate)
    return WebSocket(link, subprotocol: agreed.subprotocol)
  }

  private func fields(_ key: String) -> HTTPFields {
    typealias Name = WebSocketHandshake.Name
    var fields = headers
    if fields[.userAgent] == nil { fields[.userAgent] = configuration.userAgent }
    if fields[.authorization] == nil, let user = url.userInfo {
      fields[.authorization] = "Basic \(Base64.encode(Percent.decode(user)))"
    }
    fields[.connection] = "Upgrade"
    fields[.upgrade] = "websocket"
    fields[Name.version] = WebSocketHandshake.version
    fields[Name.key] = key
    if !options.protocols.isEmpty {
      fields[Name.protocols] = options.protocols.joined(separator: ", ")
    }
    if options.compresses { fields[Name.extensions] = DeflateParameters.offer }
    return fields
  }

  /// What a server says that does not want to speak.
  private func refusal(_ head: ResponseHead, _ stream: ByteStream) async throws -> HTTPError {
    let body = try? await moveOn(after: .milliseconds(100)) {
      try await stream.read(upTo: Self.mostRefusal)
    }
    let words = String(decoding: (body ?? nil) ?? [], as: UTF8.self).prefix { !$0.isNewline }
    return HTTPError(
      .badStatus, url: shownURL,
      message: "the server answers with \(head.status)\(words.isEmpty ? "" : ": \(words)")",
      attempt: 1)
  }

  /// Waits until the server has closed the connection, but not for long, and closes it.
  func finish(_ socket: WebSocket) async {
    let stream = socket.link.stream
    let limit = options.closeTimeout
    _ = try? await moveOn(after: limit) {
      try await stream.finishWriting()
      while try await !stream.read().isEmpty {}
    }
    await stream.close()
  }
}
