// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// A text with a NUL byte in it, where the system takes text that ends at the first one.
///
/// Cut there, it would name another file, host or variable than the one that was meant, so nothing is done.
public struct NULByteError: Error, Hashable, CustomStringConvertible {
  /// What the text was for, as in `argument 2`.
  public let subject: String
  /// The text.
  public let text: String

  package init(subject: String, text: String) {
    self.subject = subject
    self.text = text
  }

  /// For example `the path "a\0b" contains a NUL byte`.
  public var description: String { "\(subject) \(text.debugDescription) contains a NUL byte" }
}
