// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// The head of a request, as its version of HTTP has it.
enum IncomingRequest: Sendable {
  case http1(RequestHead)
  case http2(HTTP2Request)

  var fields: HTTPFields {
    switch self {
    case .http1(let head): head.fields
    case .http2(let head): head.fields
    }
  }

  var host: String {
    switch self {
    case .http1(let head): head.host ?? ""
    case .http2(let head): head.authority
    }
  }

  var version: String {
    switch self {
    case .http1(let head): head.minorVersion == 0 ? "1.0" : "1.1"
    case .http2: "2"
    }
  }

  /// The value of a field, several joined; without making all fields where that can be.
  func value(of name: HTTPField.Name) -> String? {
    switch self {
    case .http1(let head): head.block.text(name)
    case .http2(let head): head.fields[name]
    }
  }

  /// The length of the body, where it was announced.
  var announcedLength: Int? {
    switch self {
    case .http1(let head): if case .length(let length) = head.framing { length } else { nil }
    case .http2(let head): head.fields[.contentLength].flatMap { Int($0) }
    }
  }
}
