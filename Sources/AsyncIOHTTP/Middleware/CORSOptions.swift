// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

/// Which pages of other origins may use what a server has: the Fetch Standard, section 3.2.
public struct CORSOptions: Sendable {
  /// The origins that may, such as `https://example.com`; any if nil.
  public var origins: Set<String>?
  /// The methods that they may use.
  public var methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]
  /// The fields that they may send; those that they ask for if nil.
  public var headers: [String]?
  /// The fields of responses that they may see.
  public var exposedHeaders: [String] = []
  /// Whether they may send cookies: only with origins that are named.
  public var allowsCredentials = false
  /// How long a browser may rely on the answer.
  public var maxAge: Duration = .seconds(600)

  /// Any origin, without cookies.
  public init() {}
}
