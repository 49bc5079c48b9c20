// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

extension HTTPClient {
  /// A request.
  public struct Request: Sendable {
    /// An absolute `http` or `https` URL.
    public var url: String
    /// The method.
    public var method: HTTPTypes.HTTPRequest.Method
    /// Header fields, besides those that the protocol needs.
    public var headers: HTTPFields
    /// What is sent; nil for nothing.
    ///
    /// Its type is sent as `Content-Type` unless ``headers`` has one.
    public var content: RequestBody?
    /// The longest time for this request; nil for the client's.
    public var timeout: Duration?
    /// The credentials; sent as `Authorization` unless ``headers`` has one, and not to another origin that a redirect leads to.
    public var authorization: Authorization?
    /// Whether the server is asked whether it takes the body before that is sent, RFC 9110 section 10.1.1.
    ///
    /// For large bodies that may be refused.
    public var expectsContinue = false

    /// The bytes to send; nil also for a body that is not there as bytes.
    public var body: [UInt8]? {
      get { content?.bytes }
      set { content = newValue.map { .bytes($0) } }
    }

    /// Makes a request.
    public init(
      _ url: String, method: HTTPTypes.HTTPRequest.Method = .get, headers: HTTPFields = [:],
      body: [UInt8]? = nil, timeout: Duration? = nil
    ) {
      self.url = url
      self.method = method
      self.headers = headers
      content = body.map { .bytes($0) }
      self.timeout = timeout
    }

    /// Makes a request with a body.
    public init(
      _ url: String, method: HTTPTypes.HTTPRequest.Method = .post, headers: HTTPFields = [:],
      content: RequestBody, timeout: Duration? = nil
    ) {
      self.url = url
      self.method = method
      self.headers = headers
      self.content = content
      self.timeout = timeout
    }
  }

  /// The credentials of a request, RFC 9110 section 11.
  public enum Authorization: Sendable {
    /// A name, in which there is no colon, and a password, RFC 7617.
    case basic(user: String, password: String)
    /// A token, RFC 6750.
    case bearer(String)

    /// The value of the field `Authorization`.
    public var value: String {
      switch self {
      case .basic(let user, let password):
        "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
      case .bearer(let token): "Bearer \(token)"
      }
    }
  }
}
