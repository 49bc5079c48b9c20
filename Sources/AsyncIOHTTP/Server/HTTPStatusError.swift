// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

/// An error that says with which status a server answers.
///
/// ```swift
/// enum ShopError: HTTPStatusError {
///   case soldOut
///   var status: HTTPResponse.Status { .conflict }
/// }
/// ```
///
/// Any other error that a handler throws becomes 500 without a word of what it was; that is in the log.
public protocol HTTPStatusError: Error {
  /// The status of the response.
  var status: HTTPResponse.Status { get }
  /// What the client is told; the name of the status by default.
  var message: String? { get }
  /// Fields of the response.
  var headers: HTTPFields { get }
}

extension HTTPStatusError {
  /// Nothing but the name of the status.
  public var message: String? { nil }
  /// None.
  public var headers: HTTPFields { [:] }
}
