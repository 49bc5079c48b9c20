// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// The fields that HTTP itself reads, told apart while a head is scanned, so that none is searched for by name.
package enum FieldID: UInt8, Sendable {
  case other
  case host, contentLength, transferEncoding, connection, expect, upgrade, trailer, te, keepAlive
  case contentEncoding, contentType, contentRange, location, setCookie, cookie, authorization
  case proxyAuthorization, proxyConnection, wwwAuthenticate, proxyAuthenticate, cacheControl, age,
    date
  case expires, vary, acceptEncoding, range, ifRange, ifMatch, ifNoneMatch, ifModifiedSince
  case ifUnmodifiedSince, retryAfter, maxForwards

  package static func of(_ name: HTTPField.Name) -> FieldID {
    var name = name.rawName
    return name.withUTF8 { bytes in
      bytes.isEmpty ? .other : .of(UnsafeRawBufferPointer(bytes), from: 0, to: bytes.count)
    }
  }

  /// The field of a name: one comparison, with the one known name of its length and first letter.
  @inline(__always)
  package static func of(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> FieldID {
    let (name, id): (StaticString, FieldID)
    let first = UnsafeRawBufferPointer.lowercased(bytes[start])
    switch (end &- start, first) {
    case (2, _): (name, id) = ("te", .te)
    case (3, _): (name, id) = ("age", .age)
    case (4, 0x68): (name, id) = ("host", .host)
    case (4, 0x64): (name, id) = ("date", .date)
    case (4, 0x76): (name, id) = ("vary", .vary)
    case (5, _): (name, id) = ("range", .range)
    case (6, 0x65): (name, id) = ("expect", .expect)
    case (6, 0x63): (name, id) = ("cookie", .cookie)
    case (7, 0x75): (name, id) = ("upgrade", .upgrade)
    case (7, 0x74): (name, id) = ("trailer", .trailer)
    case (7, 0x65): (name, id) = ("expires", .expires)
    case (8, 0x6C): (name, id) = ("location", .location)
    case (8, 0x69):
      (name, id) =
        UnsafeRawBufferPointer.lowercased(bytes[start &+ 3]) == 0x6D
        ? ("if-match", .ifMatch) : ("if-range", .ifRange)
    case (10, 0x63): (name, id) = ("connection", .connection)
    case (10, 0x6B): (name, id) = ("keep-alive", .keepAlive)
    case (10, 0x73): (name, id) = ("set-cookie", .setCookie)
    case (11, _): (name, id) = ("retry-after", .retryAfter)
    case (12, 0x63): (name, id) = ("content-type", .contentType)
    case (12, 0x6D): (name, id) = ("max-forwards", .maxForwards)
    case (13, 0x61): (name, id) = ("authorization", .authorization)
    case (13, 0x63):
      (name, id) =
        UnsafeRawBufferPointer.lowercased(bytes[start &+ 1]) == 0x61
        ? ("cache-control", .cacheControl) : ("content-range", .contentRange)
    case (13, 0x69): (name, id) = ("if-none-match", .ifNoneMatch)
    case (14, _): (name, id) = ("content-length", .contentLength)
    case (15, _): (name, id) = ("accept-encoding", .acceptEncoding)
    case (16, 0x63): (name, id) = ("content-encoding", .contentEncoding)
    case (16, 0x70): (name, id) = ("proxy-connection", .proxyConnection)
    case (16, 0x77): (name, id) = ("www-authenticate", .wwwAuthenticate)
    case (17, 0x74): (name, id) = ("transfer-encoding", .transferEncoding)
    case (17, 0x69): (name, id) = ("if-modified-since", .ifModifiedSince)
    case (18, _): (name, id) = ("proxy-authenticate", .proxyAuthenticate)
    case (19, 0x70): (name, id) = ("proxy-authorization", .proxyAuthorization)
    case (19, 0x69): (name, id) = ("if-unmodified-since", .ifUnmodifiedSince)
    default: return .other
    }
    return bytes.equals(name, from: start, to: end) ? id : .other
  }
}
