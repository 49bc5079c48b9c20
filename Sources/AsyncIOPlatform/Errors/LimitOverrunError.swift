// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// More bytes than a limit allows.
public struct LimitOverrunError: Error, Hashable, CustomStringConvertible {
  /// The limit, in bytes.
  public let limit: Int
  /// Whether the separator was found, behind the limit.
  public let isSeparatorFound: Bool
  /// What has too many bytes: a file, or the output of a program; nil for a stream, in which the bytes stay.
  public let subject: String?

  package init(limit: Int, isSeparatorFound: Bool) {
    self.limit = limit
    self.isSeparatorFound = isSeparatorFound
    subject = nil
  }

  package init(limit: Int, subject: String) {
    self.limit = limit
    isSeparatorFound = false
    self.subject = subject
  }

  /// What happened, and what to do about it.
  public var description: String {
    if let subject { return "\(subject) has more bytes than the limit of \(limit)" }
    return (isSeparatorFound ? "the separator is behind" : "there are more bytes than")
      + " the limit of \(limit) bytes; nothing was taken out of the stream: read it in pieces, or"
      + " pass a larger limit"
  }
}
