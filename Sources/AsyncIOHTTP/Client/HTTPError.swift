// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A request that did not get its response.
///
/// Always says for which URL.
public struct HTTPError: Error, CustomStringConvertible {
  /// What kind of trouble it was.
  ///
  /// Later versions may add kinds.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// A short name, for logs and reports.
    public let description: String

    /// The URL, or the request, cannot be used.
    public static let malformedRequest = Code(description: "malformed request")
    /// The name of the host could not be resolved.
    public static let resolution = Code(description: "resolution")
    /// No connection could be made: refused, unreachable.
    public static let refused = Code(description: "refused")
    /// The connection broke, or ended before the response did.
    public static let connection = Code(description: "connection")
    /// The server has said that it did not process the request, and went on saying so.
    public static let notProcessed = Code(description: "not processed")
    /// The TLS handshake or the verification of the certificate failed.
    public static let tls = Code(description: "tls")
    /// The time was up; ``HTTPError/phase`` says which.
    public static let timedOut = Code(description: "timed out")
    /// The body is larger than the limit.
    public static let tooLarge = Code(description: "too large")
    /// There were more redirects than allowed.
    public static let tooManyRedirects = Code(description: "too many redirects")
    /// The server broke the protocol.
    public static let invalidResponse = Code(description: "invalid response")
    /// The process has no descriptor left for a connection.
    public static let tooManyOpenFiles = Code(description: "too many open files")
    /// The proxy cannot be used, or has refused.
    public static let proxy = Code(description: "proxy")
    /// The status is 400 or more, where a caller has asked for less.
    public static let badStatus = Code(description: "bad status")
    /// Something else.
    public static let other = Code(description: "other")
  }

  /// What kind of trouble it was.
  public let code: Code
  /// The URL of the request.
  public let url: String
  /// What happened.
  public let message: String

  /// What took too long; nil for other errors.
  public let phase: HTTPClient.Phase?
  /// How many times the request was sent, or begun to be sent; 0 if that did not come to it.
  public let attempt: Int

  /// Makes an error for a request to `url`.
  public init(
    _ code: Code, url: String, message: String, phase: HTTPClient.Phase? = nil, attempt: Int = 0
  ) {
    self.code = code
    self.url = url
    self.message = message
    self.phase = phase
    self.attempt = attempt
  }

  /// The URL, what happened, and which attempt it was if there was more than one.
  public var description: String {
    "\(url): \(message)\(attempt > 1 ? " (attempt \(attempt))" : "")"
  }
}
