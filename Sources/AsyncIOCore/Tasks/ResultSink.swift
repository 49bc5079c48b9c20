// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Takes the results of a `SequenceRun` as they come.
@usableFromInline
protocol ResultSink<Output>: Sendable, SendableMetatype {
  associatedtype Output: Sendable
  /// Takes a result; false when the child that brings it is to end.
  func receive(_ result: Result<Output, any Error>, of index: Int) async -> Bool
}
