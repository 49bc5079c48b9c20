// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

/// A request on its way: after redirects it may be another than what was asked for.
struct Outgoing: Sendable {
  var url: HTTPURL
  var method: HTTPRequest.Method
  var fields: HTTPFields
  /// What goes with them, and is not in them.
  var defaults: DefaultFields?
  var body: BodySource?
  /// How long the body is; nil if that is not known.
  var bodyLength: Int?
  var route = Route.direct
  /// When the whole request has to be over; nil for never.
  var total: TotalLimit?
  /// Whether the server is asked before the body is sent.
  var expectsContinue = false

  /// Whether it may be sent again when nobody knows whether the server has seen it, RFC 9110 section 9.2.2.
  var isIdempotent: Bool {
    switch method {
    case .get, .head, .options, .trace, .put, .delete: true
    default: false
    }
  }

  /// The bytes of a body that is there as such.
  var bytes: [UInt8]? { if case .bytes(let bytes)? = body { bytes } else { nil } }

  /// How the body is framed: where a body is usual, none has a length too (RFC 9110 section 8.6).
  var framing: BodyFraming {
    guard body != nil else { return method == .post ? .length(0) : .none }
    return bodyLength.map { .length($0) } ?? .chunked
  }

  /// A proxy that is asked itself, and not for a tunnel.
  private var proxy: ProxyServer? {
    if case .proxy(let proxy) = route, !url.isSecure { proxy } else { nil }
  }

  /// What the first line of the request names: a proxy has to know the host, too (RFC 9112 section 3.2.2).
  var target: String { proxy == nil ? url.target : "http://\(url.authority)\(url.target)" }

  /// The fields on the wire, but for the defaults.
  var ownFields: HTTPFields {
    guard expectsContinue || proxy?.authorization != nil else { return fields }
    var fields = fields
    if let authorization = proxy?.authorization { fields[.proxyAuthorization] = authorization }
    if expectsContinue { fields[.expect] = "100-continue" }
    return fields
  }

  /// The fields on the wire.
  var sentFields: HTTPFields { defaults?.completing(ownFields) ?? ownFields }

  /// What a server asks for with a redirect, RFC 9110 section 15.4; nil if it is an answer by itself.
  ///
  /// - Throws: ``HTTPURLError`` when it leads nowhere.
  func redirected(
    by status: Int, to location: String, toASCII: (String) -> String?
  ) throws(HTTPURLError) -> Outgoing? {
    var next = self
    switch status {
    case 301, 302: if method == .post { next.becomeGet() }
    case 303: if method != .head { next.becomeGet() }
    case 307, 308: break
    default: return nil
    }
    next.url = try url.resolve(location, toASCII: toASCII)
    if !next.url.hasSameOrigin(as: url) { next.dropSecrets() }
    return next
  }

  private mutating func becomeGet() {
    method = .get
    (body, bodyLength, expectsContinue) = (nil, nil, false)
    for name in [HTTPField.Name.contentType, .contentEncoding, .contentLanguage, .contentLocation] {
      fields[name] = nil
    }
  }

  /// What one server may know, another may not.
  private mutating func dropSecrets() {
    for name in [HTTPField.Name.authorization, .cookie, .proxyAuthorization] { fields[name] = nil }
  }
}
