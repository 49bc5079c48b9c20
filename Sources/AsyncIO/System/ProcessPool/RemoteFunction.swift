// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A function that another process can run: what a ``ProcessPool`` is given.
///
/// ```swift
/// struct Fibonacci: RemoteFunction {
///   static func call(_ n: Int) throws -> Int { n < 2 ? n : try call(n - 1) + call(n - 2) }
/// }
/// ```
///
/// A type, since a closure cannot leave its process: what it needs comes with its input, and nothing it
/// changes is seen outside but its output. The type must not be generic over a local type.
public protocol RemoteFunction: SendableMetatype {
  /// What it is given.
  associatedtype Input: Codable & Sendable
  /// What it gives.
  associatedtype Output: Codable & Sendable

  /// Computes the output; blocks its process as long as it likes.
  static func call(_ input: Input) throws -> Output
}
