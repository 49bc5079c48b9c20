// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

/// The block of fields that is being received: there is one at a time on a connection.
struct FieldCollector {
  private(set) var pseudo: [String: String] = [:]
  private(set) var fields = HTTPFields()
  private var cookie: [UInt8] = []
  private(set) var host: String?
  private var bytes = 0
  private var count = 0
  private let limits: HeadLimits

  init(_ limits: HeadLimits) { self.limits = limits }

  /// Takes a field; false when there are too many, or too large ones.
  ///
  /// A table of fields that are referred to again makes a small message large (HPACK bombs), so what counts is what they are decoded.
  mutating func append(
    _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    // As RFC 9113 section 6.5.2 counts.
    bytes += name.count + value.count + 32
    count += 1
    guard count <= limits.fields, bytes <= limits.bytes else { return false }
    if name.first == 0x3A {
      pseudo[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
      return true
    }
    let raw = UnsafeRawBufferPointer(name)
    switch name.isEmpty ? FieldID.other : .of(raw, from: 0, to: raw.count) {
    case .host: host = String(decoding: value, as: UTF8.self)
    case .cookie:
      // Sent in crumbs, RFC 9113 section 8.2.3.
      if !cookie.isEmpty { cookie += [0x3B, 0x20] }
      cookie += value
    default:
      guard let name = HTTPField.Name(String(decoding: name, as: UTF8.self)) else { return false }
      fields.append(HTTPField(name: name, lenientValue: value))
    }
    return true
  }

  /// The fields that have come, all of them.
  mutating func takeFields() -> HTTPFields {
    if !cookie.isEmpty { fields.append(HTTPField(name: .cookie, lenientValue: cookie)) }
    cookie = []
    return fields
  }

  /// The request that the fields make, or nil if they make none that is clear: the rules of HTTP/1.1 for the same parts.
  mutating func request() -> HTTP2Request? {
    guard let method = pseudo[":method"] else { return nil }
    let authority = pseudo[":authority"]
    // Two that differ are two messages for two readers.
    if let authority, let host, host != authority { return nil }
    var request = HTTP2Request(
      method: method, scheme: pseudo[":scheme"] ?? "", authority: authority ?? host ?? "",
      path: pseudo[":path"] ?? "")
    request.tunnelProtocol = pseudo[":protocol"]
    guard
      HeadEncoder.isRequest(
        method: method, target: request.path, host: request.authority,
        isTunnel: method == "CONNECT" && request.tunnelProtocol == nil)
    else { return nil }
    request.fields = takeFields()
    return request
  }
}
