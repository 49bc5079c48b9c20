// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
public import HTTPTypes

/// Fetches over HTTP/1.1 and HTTP/2 on the event loop, without threads of its own.
///
/// ```swift
/// let client = HTTPClient()
/// let page = try await client.get("https://example.com/")
/// print(page.status, page.body.count)
/// ```
///
/// Connections are kept and reused, also by HTTP/2, where several requests share one. Certificates
/// are verified against the system's store. Responses may be compressed; bodies come uncompressed.
/// May be used from any task and any thread, by many tasks at once.
///
/// **Cancellation.** Every request ends, and gives back its connection or closes it, as soon as its
/// task is cancelled; the call throws `CancellationError`.
public final class HTTPClient: Sendable {
  /// The settings of a client.
  public struct Configuration: Sendable {
    /// The longest time for a whole request, from the call to the last byte; nil for none.
    public var timeout: Duration? = .seconds(300)
    /// The longest time to make a connection: resolution, TCP and TLS.
    public var connectTimeout: Duration = .seconds(30)
    /// How many redirects are followed; 0 returns the redirect itself.
    public var maxRedirects = 10
    /// The largest body that `execute` collects, in bytes after decompression.
    public var maxBodySize = 64 << 20
    /// How many connections to one host there may be at once; 0 for no limit.
    public var maxConnectionsPerHost = 0
    /// Which versions of HTTP are used.
    public var version = Version.automatic
    /// Whether the server's certificate and name are verified.
    ///
    /// Turn it off for tests only.
    public var verifiesCertificates = true
    /// A file with the certificates to trust (PEM); nil for the system's store.
    public var trustedCertificates: String?
    /// The `User-Agent` of requests that have none.
    public var userAgent = "swift-asyncio"

    /// The usual settings.
    public init() {}
  }

  /// Which versions of HTTP are used.
  public enum Version: Sendable {
    /// HTTP/2 where a TLS server offers it, HTTP/1.1 otherwise.
    case automatic
    /// HTTP/1.1 only.
    case http1
    /// HTTP/2 at once, also without TLS, for servers that are known to speak it.
    case http2
  }

  /// A request.
  public struct Request: Sendable {
    /// An absolute `http` or `https` URL.
    public var url: String
    /// The method.
    public var method: HTTPTypes.HTTPRequest.Method
    /// Header fields, besides those that the protocol needs.
    public var headers: HTTPFields
    /// The body to send.
    public var body: [UInt8]?
    /// The longest time for this request; nil for the client's.
    public var timeout: Duration?

    /// Makes a request.
    public init(
      _ url: String, method: HTTPTypes.HTTPRequest.Method = .get, headers: HTTPFields = [:],
      body: [UInt8]? = nil, timeout: Duration? = nil
    ) {
      self.url = url
      self.method = method
      self.headers = headers
      self.body = body
      self.timeout = timeout
    }
  }

  /// The head of a response: everything before the body.
  public struct ResponseHead: Sendable {
    /// The status.
    public let status: HTTPTypes.HTTPResponse.Status
    let fields: IncomingFields
    /// The URL that answered, after redirects.
    public let url: String
    /// The version of HTTP, such as `1.1` or `2`.
    public let version: String

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

    /// The status.
    public var status: HTTPTypes.HTTPResponse.Status { head.status }
    /// The header fields.
    public var headers: HTTPFields { head.headers }
    /// The URL that answered, after redirects.
    public var url: String { head.url }
    /// The body as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// The settings.
  public let configuration: Configuration
  private let pools = PoolTable()

  /// Makes a client.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  deinit { pools.closeAll() }

  /// Fetches a URL with GET and collects the body.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: ``HTTPError`` with the URL; `CancellationError`.
  public func get(_ url: String, headers: HTTPFields = [:]) async throws -> Response {
    try await execute(Request(url, headers: headers))
  }

  /// Sends a request and collects the body of the response.
  ///
  /// - Parameter maxBodySize: The largest body, in bytes; nil for the client's setting.
  ///
  /// - Throws: ``HTTPError`` with the URL, `tooLarge` included; `CancellationError` as soon as the
  ///   task is cancelled. A status like 404 is no error.
  public func execute(_ request: Request, maxBodySize: Int? = nil) async throws -> Response {
    let limit = maxBodySize ?? configuration.maxBodySize
    return try await stream(request) { head, chunks in
      var body: [UInt8] = []
      // A length of HEAD and 304 is that of another answer.
      let hasBody = request.method != .head && head.status != .notModified
      if hasBody, let announced = head.headers[.contentLength].flatMap({ Int($0) }) {
        try Self.check(announced, limit, head.url)
        // What is announced need not come.
        body.reserveCapacity(min(announced, Self.largestReserve))
      }
      for try await chunk in chunks {
        try Self.check(body.count + chunk.count, limit, head.url)
        body += chunk
      }
      return Response(head: head, body: body)
    }
  }

  /// Sends a request and hands the response to `body` as it comes.
  ///
  /// A consumer that is slow holds the server back: no more than some 100 KB wait in memory.
  ///
  /// The transfer ends when `body` does, whether it has read everything or not. Runs in the
  /// caller's isolation.
  ///
  /// - Throws: What `body` throws; ``HTTPError``; `CancellationError` as soon as the task is
  ///   cancelled.
  public func stream<Result>(
    _ request: Request, isolation: isolated (any Actor)? = #isolation,
    _ body: (ResponseHead, Chunks) async throws -> Result
  ) async throws -> Result {
    try Task.checkCancellation()
    let transfer = try Transfer(request, configuration, pools.pool(of: .ambient, configuration))
    defer { transfer.finish() }
    guard let limit = request.timeout ?? configuration.timeout else {
      return try await body(try await transfer.begin(), Chunks(transfer: transfer))
    }
    let result = try await moveOn(after: limit, isolation: isolation) {
      try await body(try await transfer.begin(), Chunks(transfer: transfer))
    }
    guard let result else {
      throw HTTPError(.timedOut, url: transfer.url, message: "it took longer than \(limit)")
    }
    return result
  }

  /// Checks that a URL can be requested, without sending anything.
  ///
  /// - Throws: ``HTTPError`` with the reason when it is not an absolute `http` or `https` URL.
  public static func check(_ url: String) throws(HTTPError) {
    _ = try HostNames.url(url)
  }

  private static let largestReserve = 1 << 20

  private static func check(_ size: Int, _ limit: Int, _ url: String) throws {
    guard size > limit else { return }
    throw HTTPError(
      .tooLarge, url: url, message: "the body is larger than the limit of \(limit) bytes")
  }

  /// The body of a response, in pieces as they come.
  public struct Chunks: AsyncSequence, Sendable {
    let transfer: Transfer

    /// Gives the pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let transfer: Transfer

      /// The next piece, or nil at the end of the body.
      ///
      /// - Throws: ``HTTPError`` when the transfer breaks and `CancellationError` as soon as the task is
      ///   cancelled.
      public mutating func next() async throws -> [UInt8]? { try await transfer.nextChunk() }
    }

    /// Iterates over the body, once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer: transfer) }
  }
}
