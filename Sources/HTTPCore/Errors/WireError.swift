// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why bytes of a peer are no HTTP/1.1 message, or are more than is allowed.
///
/// Nothing is repaired: where two readers could see two messages in the same bytes, they are refused (RFC 9112 section 11.2).
package struct WireError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    // Lines.
    case bareCarriageReturn, bareLineFeed, emptyLine, unexpectedWhitespace
    // The first line.
    case malformedRequestLine, malformedMethod, malformedTarget, malformedStatusLine,
      unsupportedVersion
    // Fields.
    case malformedFieldName, malformedFieldValue, foldedLine, malformedHost, missingHost,
      repeatedHost
    // Framing.
    case malformedContentLength, repeatedContentLength, lengthAndTransferCoding,
      transferCodingInOldVersion
    case malformedTransferCoding, unknownTransferCoding, framingInConnection
    case malformedChunkSize, malformedChunkExtension, malformedChunkEnd
    /// The stream has ended within a message.
    case truncated
    // Limits.
    case requestLineTooLong, headTooLarge, tooManyFields, chunkExtensionTooLong, trailersTooLarge
    case tooManyInformationalHeads
    case unexpectedSwitch
    case unsupportedExpectation
  }

  package let reason: Reason
  /// Where in the bytes that were looked at.
  package let offset: Int

  package init(_ reason: Reason, at offset: Int = 0) {
    self.reason = reason
    self.offset = offset
  }

  /// The status with which a server answers such a request.
  package var status: Int {
    switch reason {
    case .requestLineTooLong: 414
    case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
    case .unsupportedVersion: 505
    case .unknownTransferCoding: 501
    case .unsupportedExpectation: 417
    default: 400
    }
  }

  package var description: String { "\(words), at byte \(offset)" }

  private var words: String {
    switch reason {
    case .bareCarriageReturn: "a carriage return without a line feed"
    case .bareLineFeed: "a line feed without a carriage return"
    case .emptyLine: "an empty line before the first"
    case .unexpectedWhitespace: "whitespace where a field begins"
    case .malformedRequestLine: "the request line is malformed"
    case .malformedMethod: "the method is no token"
    case .malformedTarget: "the target of the request is malformed"
    case .malformedStatusLine: "the status line is malformed"
    case .unsupportedVersion: "the version of HTTP is not supported"
    case .malformedFieldName: "the name of a field is malformed"
    case .malformedFieldValue: "the value of a field has a control character"
    case .foldedLine: "a field is folded over several lines"
    case .malformedHost: "the Host field is malformed"
    case .missingHost: "there is no Host field"
    case .repeatedHost: "there are several Host fields"
    case .malformedContentLength: "Content-Length is no number"
    case .repeatedContentLength: "there are several lengths"
    case .lengthAndTransferCoding: "there are both Content-Length and Transfer-Encoding"
    case .transferCodingInOldVersion: "a message of HTTP/1.0 has Transfer-Encoding"
    case .malformedTransferCoding: "Transfer-Encoding does not end with one chunked"
    case .unknownTransferCoding: "the transfer coding is not known"
    case .framingInConnection: "the Connection field names a field that the framing needs"
    case .malformedChunkSize: "the size of a chunk is malformed"
    case .malformedChunkExtension: "the extension of a chunk is malformed"
    case .malformedChunkEnd: "a chunk does not end where its size says"
    case .truncated: "the connection ended within a message"
    case .requestLineTooLong: "the request line is too long"
    case .headTooLarge: "the head is too large"
    case .tooManyFields: "there are too many fields"
    case .chunkExtensionTooLong: "the extensions of chunks are too long"
    case .trailersTooLarge: "the trailers are too large"
    case .tooManyInformationalHeads: "there are too many informational heads"
    case .unexpectedSwitch: "the protocol was switched without being asked"
    case .unsupportedExpectation: "the expectation is not known"
    }
  }
}
