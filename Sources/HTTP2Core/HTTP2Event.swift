// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

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
