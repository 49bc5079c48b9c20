// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes
import Testing

@testable import HTTP2Core

/// A client and a server, and the bytes between them.
final class Pair {
  let client: HTTP2Session
  let server: HTTP2Session

  init() throws {
    client = try HTTP2Session(.client)
    server = try HTTP2Session(.server)
  }

  /// Passes on all that both have to say, until neither has, in pieces of this size; what it meant to each.
  func talk(inPiecesOf size: Int = .max) throws -> (client: [HTTP2Event], server: [HTTP2Event]) {
    var events: (client: [HTTP2Event], server: [HTTP2Event]) = ([], [])
    while true {
      let (toServer, toClient) = (try client.send(), try server.send())
      events.client += client.takeEvents()
      events.server += server.takeEvents()
      if toServer.isEmpty && toClient.isEmpty { return events }
      for piece in toServer.pieces(of: size) { events.server += try server.receive(piece) }
      for piece in toClient.pieces(of: size) { events.client += try client.receive(piece) }
    }
  }
}

extension HTTP2Session {
  func receive(_ bytes: [UInt8]) throws(HTTP2Error) -> [HTTP2Event] {
    try receive(bytes.withUnsafeBytes { $0 }, at: 0)
  }
}

extension Array<UInt8> {
  func pieces(of size: Int) -> [[UInt8]] {
    var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], self[...])
    while !rest.isEmpty {
      pieces.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return pieces
  }
}

extension HTTP2Request {
  static func get(_ path: String = "/", _ fields: HTTPFields = [:]) -> HTTP2Request {
    HTTP2Request(method: "GET", scheme: "https", authority: "a", path: path, fields: fields)
  }

  static let post = HTTP2Request(method: "POST", scheme: "https", authority: "a", path: "/")
}

/// Frames by hand, for what no library would send.
enum Frame {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let settings = frame(4, 0, 0, [])

  static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8]
  {
    let (count, bytes) = (payload.count, stream.bigEndian)
    return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind, flags]
      + withUnsafeBytes(of: bytes) { Array($0) } + payload
  }

  /// A block of fields, each a literal that is not indexed.
  static func fields(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { name, value -> [UInt8] in
      let (name, value) = (bytes(name), bytes(value))
      return [0, UInt8(name.count)] + name + [UInt8(value.count)] + value
    }
  }

  /// Latin-1: a field may have bytes that are no text.
  private static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  static func headers(_ stream: UInt32, _ list: [(String, String)], isLast: Bool = true) -> [UInt8]
  {
    frame(1, isLast ? 5 : 4, stream, fields(list))
  }

  static let get = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")]
  static let post = [
    (":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/"),
  ]
}
