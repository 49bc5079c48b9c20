// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The stream ended before everything that was asked for had come.
public struct IncompleteReadError: Error, Hashable, CustomStringConvertible {
  /// The bytes that came; they are taken out of the stream.
  public let partial: [UInt8]
  /// How many were asked for; nil when a separator was.
  public let expected: Int?

  package init(partial: [UInt8], expected: Int?) {
    self.partial = partial
    self.expected = expected
  }

  /// For example `the stream ended after 18 of 36 bytes`.
  public var description: String {
    expected.map { "the stream ended after \(partial.count) of \($0) bytes" }
      ?? "the stream ended after \(partial.count) bytes, before the separator"
  }
}
