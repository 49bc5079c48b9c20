// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// Names a stream of a connection, RFC 9113 section 5.1.1.
package typealias StreamID = Int32

/// The head of a request of HTTP/2: checked as one of HTTP/1.1.
package struct HTTP2Request: Equatable, Sendable {
  package var method: String
  package var scheme: String
  /// The host, with a port if there is one; empty if the client has not said.
  package var authority: String
  /// The path and query, or `*`; empty for a tunnel.
  package var path: String
  /// The protocol that a stream is to become a tunnel for, RFC 8441.
  package var tunnelProtocol: String?
  package var fields: HTTPFields

  package init(
    method: String, scheme: String, authority: String, path: String, fields: HTTPFields = [:]
  ) {
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.path = path
    self.fields = fields
  }
}

/// What the peer has done.
package enum HTTP2Event: Equatable, Sendable {
  /// A client has sent a request; nothing follows its head if it is the last.
  case request(StreamID, HTTP2Request, isLast: Bool)
  /// A server has answered; one of 1xx is followed by another.
  case response(StreamID, status: Int, HTTPFields, isLast: Bool)
  /// Bytes of a body have come; `HTTP2Session.consume` says when they were used.
  case data(StreamID, [UInt8])
  /// Fields behind the body: the last of the peer's half.
  case trailers(StreamID, HTTPFields)
  /// The peer's half has ended.
  case end(StreamID)
  /// The stream is over on both sides.
  case closed(StreamID, HTTP2ErrorCode)
  /// The peer has said what it allows.
  case settings
  /// The peer takes no new streams; those above the last were not processed.
  case goAway(last: StreamID, HTTP2ErrorCode)
  case pingAnswered
}
