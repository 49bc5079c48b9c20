// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A write that had begun did not come to its end; nothing more can be written to the stream.
public struct IncompleteWriteError: Error, CustomStringConvertible {
  /// How many bytes went out.
  public let written: Int
  /// How many there were.
  public let total: Int
  /// Why it ended: `CancellationError`, or what the system said.
  public let cause: any Error

  package init(written: Int, total: Int, cause: any Error) {
    self.written = written
    self.total = total
    self.cause = cause
  }

  /// For example `the write ended after 18 of 36 bytes: CancellationError()`.
  public var description: String { "the write ended after \(written) of \(total) bytes: \(cause)" }
}
