// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why coded bytes cannot be decoded.
package enum ContentCodingError: Error, Equatable, CustomStringConvertible {
  /// The bytes are not of this coding.
  case malformed(ContentCoding)
  /// The bytes end before what is coded does.
  case truncated(ContentCoding)
  /// Other bytes follow what is coded.
  case trailingBytes(ContentCoding)
  case outOfMemory

  package var description: String {
    switch self {
    case .malformed(let coding): "the body is not coded as \(coding.name)"
    case .truncated(let coding): "the body, coded as \(coding.name), is cut off"
    case .trailingBytes(let coding): "bytes follow the end of the body, coded as \(coding.name)"
    case .outOfMemory: "there is no memory to decode the body"
    }
  }
}
