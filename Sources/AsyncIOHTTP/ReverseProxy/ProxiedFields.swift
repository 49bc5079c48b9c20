// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// The fields of messages that are passed on.
enum ProxiedFields {
  static let forwardedFor = HTTPField.Name.token("X-Forwarded-For")
  static let forwardedProto = HTTPField.Name.token("X-Forwarded-Proto")
  static let forwardedHost = HTTPField.Name.token("X-Forwarded-Host")

  /// What concerns one connection only, RFC 9110 section 7.6.1.
  private static let ofConnections: [HTTPField.Name] =
    [.connection, .transferEncoding, .upgrade, .te, .trailer, .proxyAuthenticate]
    + ["Keep-Alive", "Proxy-Connection", "HTTP2-Settings"].map { HTTPField.Name.token($0) }

  static func request(_ fields: HTTPFields, keepsUpgrade: Bool) -> HTTPFields {
    var rest = stripped(fields)
    // The client makes these of the request itself.
    for name in [HTTPField.Name.contentLength, .expect, .proxyAuthorization] { rest[name] = nil }
    if let host = HTTPField.Name("Host") { rest[host] = nil }
    if keepsUpgrade {
      rest[.connection] = "Upgrade"
      rest[.upgrade] = fields[.upgrade]
    }
    return rest
  }

  static func answer(_ fields: HTTPFields) -> HTTPFields { stripped(fields) }

  private static func stripped(_ fields: HTTPFields) -> HTTPFields {
    var rest = fields
    for member in fields[.connection]?.split(separator: ",") ?? [] {
      if let name = HTTPField.Name(member.filter { $0 != " " && $0 != "\t" }) { rest[name] = nil }
    }
    for name in ofConnections { rest[name] = nil }
    return rest
  }
}
