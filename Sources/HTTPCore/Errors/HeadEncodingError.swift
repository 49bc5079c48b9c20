// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why a head cannot be sent: a part of it would be read as something else.
package enum HeadEncodingError: Error, Equatable, CustomStringConvertible {
  case malformedMethod(String)
  case malformedTarget(String)
  case malformedHost(String)
  case malformedFieldName(String)
  /// The value of the field of this name has a CR, LF, NUL or another control character.
  case malformedFieldValue(String)
  case malformedReason(String)

  package var description: String {
    switch self {
    case .malformedMethod(let text): "the method \(Self.quoted(text)) is no token"
    case .malformedTarget(let text):
      "the target \(Self.quoted(text)) has a byte that cannot be sent"
    case .malformedHost(let text): "the host \(Self.quoted(text)) is malformed"
    case .malformedFieldName(let text): "the field name \(Self.quoted(text)) is no token"
    case .malformedFieldValue(let text):
      "the value of the field \(text) has a control character"
    case .malformedReason(let text): "the reason \(Self.quoted(text)) has a control character"
    }
  }

  /// A text with its control characters escaped, so that it cannot forge a line of a log.
  private static func quoted(_ text: String) -> String { text.debugDescription }
}
