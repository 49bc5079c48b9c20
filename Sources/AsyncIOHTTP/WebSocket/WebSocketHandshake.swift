// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIOTLS
internal import HTTPCore
internal import HTTPTypes

/// The first words of a WebSocket, RFC 6455 section 4.
enum WebSocketHandshake {
  static let version = "13"

  enum Name {
    static let key = HTTPField.Name.token("Sec-WebSocket-Key")
    static let accept = HTTPField.Name.token("Sec-WebSocket-Accept")
    static let version = HTTPField.Name.token("Sec-WebSocket-Version")
    static let protocols = HTTPField.Name.token("Sec-WebSocket-Protocol")
    static let extensions = HTTPField.Name.token("Sec-WebSocket-Extensions")
    static let origin = HTTPField.Name.token("Origin")
  }

  /// A client's key: 16 random bytes.
  static func makeKey() -> String {
    Base64.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
  }

  /// What a server makes of a key.
  static func accept(_ key: String) -> String {
    Base64.encode(Digest.sha1(Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)))
  }

  // MARK: The server

  /// What was agreed on with a client.
  struct Agreement {
    let fields: HTTPFields
    let subprotocol: String?
    let deflate: DeflateParameters?
  }

  /// Checks what a client asks for.
  ///
  /// - Throws: ``StatusError``: 400, 403, or 426 with the version.
  static func agree(
    _ request: HTTPServer.Request, _ options: WebSocket.Options
  ) throws -> Agreement {
    guard case .http1(let head) = request.head, request.method == .get, head.asksForUpgrade,
      head.block.hasMember("websocket", in: .upgrade)
    else {
      throw StatusError(
        .upgradeRequired, "this is a WebSocket",
        headers: [.upgrade: "websocket", .connection: "upgrade"])
    }
    guard request.header(Name.version) == version else {
      throw StatusError(
        .upgradeRequired, "only version 13 of WebSocket is spoken here",
        headers: [Name.version: version, .upgrade: "websocket"])
    }
    guard let key = request.header(Name.key), Base64.decode(key)?.count == 16 else {
      throw StatusError(.badRequest, "Sec-WebSocket-Key is malformed")
    }
    try checkOrigin(request, options.origins)
    var fields: HTTPFields = [Name.accept: accept(key)]
    let subprotocol = choose(request.header(Name.protocols), options.protocols)
    if let subprotocol { fields[Name.protocols] = subprotocol }
    var deflate: DeflateParameters?
    if options.compresses, let agreed = DeflateParameters.accept(request.header(Name.extensions)) {
      deflate = agreed.0
      fields[Name.extensions] = agreed.answer
    }
    return Agreement(fields: fields, subprotocol: subprotocol, deflate: deflate)
  }

  private static func checkOrigin(
    _ request: HTTPServer.Request, _ origins: WebSocket.Options.Origins
  ) throws {
    guard let origin = request.header(Name.origin)?.lowercased() else { return }
    let isAllowed =
      switch origins {
      case .any: true
      case .only(let allowed): allowed.contains { $0.lowercased() == origin }
      case .sameHost:
        origin.firstRange(of: "://").map {
          hostAndPort(origin[$0.upperBound...]) == hostAndPort(request.host.lowercased()[...])
        } ?? false
      }
    if !isAllowed { throw StatusError(.forbidden, "pages of \(origin) may not connect") }
  }

  /// Without the usual ports, which some write and others do not.
  private static func hostAndPort(_ text: Substring) -> Substring {
    for port in [":80", ":443"] where text.hasSuffix(port) { return text.dropLast(port.count) }
    return text
  }

  private static func choose(_ offered: String?, _ spoken: [String]) -> String? {
    let offers = (offered?.split(separator: ",") ?? []).map { offer in
      String(offer.filter { $0 != " " && $0 != "\t" })
    }
    return spoken.first { offers.contains($0) }
  }

  // MARK: The client

  /// Checks what a server has answered.
  ///
  /// - Throws: ``WebSocketFault``.
  static func check(
    _ fields: HTTPFields, _ key: String, _ options: WebSocket.Options
  ) throws -> (subprotocol: String?, deflate: DeflateParameters?) {
    guard fields[.upgrade]?.lowercased() == "websocket",
      fields[.connection]?.lowercased().contains("upgrade") == true
    else { throw WebSocketFault.malformed("the server has switched to something else") }
    guard fields[Name.accept] == accept(key) else {
      throw WebSocketFault.malformed("the server has not read the key")
    }
    let subprotocol = fields[Name.protocols]
    if let subprotocol, !options.protocols.contains(subprotocol) {
      throw WebSocketFault.malformed(
        "the server speaks \(subprotocol.debugDescription), which was not asked for")
    }
    let deflate = try DeflateParameters.accepted(fields[Name.extensions])
    if deflate != nil, !options.compresses {
      throw WebSocketFault.malformed("the server compresses, which was not asked for")
    }
    return (subprotocol, deflate)
  }
}
