// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
public import HTTPTypes

extension HTTPClient {
  /// The head of a response: everything before the body.
  public struct ResponseHead: Sendable {
    /// The status.
    public let status: HTTPTypes.HTTPResponse.Status
    let fields: IncomingFields
    /// The URL that answered, after redirects.
    public let url: String
    /// The version of HTTP, such as `1.1` or `2`.
    public let version: String
    /// How the response came about, up to its head.
    public let story: Story

    /// The header fields.
    ///
    /// Complexity: O(*n*) in their number each time, so keep them in a variable to look at several.
    public var headers: HTTPFields { fields.all }
  }

  /// A whole response.
  public struct Response: Sendable {
    /// Everything before the body.
    public let head: ResponseHead
    /// The body.
    public let body: [UInt8]
    /// Header fields that came behind the body, RFC 9110 section 6.5.
    public let trailers: HTTPFields
    /// How the response came about.
    public let story: Story

    /// The status.
    public var status: HTTPTypes.HTTPResponse.Status { head.status }
    /// The header fields.
    public var headers: HTTPFields { head.headers }
    /// The URL that answered, after redirects.
    public var url: String { head.url }

    /// The body as text, in the encoding that `Content-Type` names, or in UTF-8.
    ///
    /// What is no text in that encoding is replaced. An encoding that is not known is read as UTF-8.
    public var text: String { TextDecoding.text(body, charset: head.charset) }

    /// Returns the response if its status is below 400.
    ///
    /// - Throws: ``HTTPError`` with the code `badStatus`.
    @discardableResult
    public func check() throws -> Response {
      try head.check()
      return self
    }
  }
}

extension HTTPClient.ResponseHead {
  /// Returns if the status is below 400.
  ///
  /// - Throws: ``HTTPError`` with the code `badStatus`.
  public func check() throws {
    guard status.code >= 400 else { return }
    throw HTTPError(
      .badStatus, url: url,
      message: "HTTP \(status.code)\(status.reasonPhrase.isEmpty ? "" : " ")\(status.reasonPhrase)")
  }

  /// How long the server wants a client to wait before it asks again, RFC 9110 section 10.2.3; a day at the most, and nil if it does
  /// not say.
  public var retryAfter: Duration? {
    guard let text = fields[.retryAfter, .retryAfter] else { return nil }
    if let seconds = Int64(text) { return .seconds(min(max(0, seconds), 86_400)) }
    guard let date = LenientDate.seconds(text) else { return nil }
    return .seconds(min(max(0, date - CookieJar.now), 86_400))
  }

  /// The encoding of a text that `Content-Type` names.
  var charset: String? {
    fields[.contentType, .contentType].flatMap { MediaType.parameter("charset", of: $0) }
  }

  /// The length of the body that the head announces; a length of HEAD and 304 is that of another answer.
  func announcedLength(for method: HTTPTypes.HTTPRequest.Method) -> Int? {
    guard method != .head, status != .notModified else { return nil }
    return fields[.contentLength, .contentLength].flatMap { Int($0) }
  }
}
