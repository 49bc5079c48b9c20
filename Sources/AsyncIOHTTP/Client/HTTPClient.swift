// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

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
  /// The settings.
  public let configuration: Configuration
  private let pools = PoolTable()
  let proxies: ProxyTable
  private let defaults: DefaultFields

  /// Makes a client.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    proxies = ProxyTable(configuration.proxy)
    defaults = DefaultFields(configuration)
  }

  /// A client that sends other fields with each request.
  init(_ configuration: Configuration, _ defaults: DefaultFields) {
    self.configuration = configuration
    proxies = ProxyTable(configuration.proxy)
    self.defaults = defaults
  }

  deinit { pools.closeAll() }

  /// Sends a request and lends the response to `body` as it comes.
  ///
  /// ```swift
  /// try await client.stream(.init(url)) { response in
  ///   for try await event in response.events { print(event.name, event.data) }
  /// }
  /// ```
  ///
  /// A consumer that is slow holds the server back: no more than some 100 KB wait in memory.
  ///
  /// The transfer ends when `body` does, whether it has read everything or not. Runs in the caller's isolation.
  ///
  /// **Cancellation.** The call throws `CancellationError` as soon as the task is cancelled.
  ///
  /// - Throws: What `body` throws; ``HTTPError``; `CancellationError`.
  public func stream<Result>(
    _ request: Request, isolation: isolated (any Actor)? = #isolation,
    _ body: (StreamedResponse) async throws -> Result
  ) async throws -> Result {
    try Task.checkCancellation()
    let transfer = try transfer(request)
    defer { transfer.finish() }
    return try await body(StreamedResponse(try await transfer.begin(), transfer))
  }

  /// Sends a request and lends the head and the body of the response to `body`.
  ///
  /// As ``stream(_:isolation:_:)-(_,_,(StreamedResponse)->Result)``, for those that need the body in pieces only.
  ///
  /// **Cancellation.** The call throws `CancellationError` as soon as the task is cancelled.
  ///
  /// - Throws: What `body` throws; ``HTTPError``; `CancellationError`.
  public func stream<Result>(
    _ request: Request, isolation: isolated (any Actor)? = #isolation,
    _ body: (ResponseHead, Chunks) async throws -> Result
  ) async throws -> Result {
    try await stream(request, isolation: isolation) { response in
      try await body(response.head, response.chunks)
    }
  }

  /// A request that is to be sent; its owner begins and finishes it.
  func transfer(_ request: Request) throws -> Transfer {
    try Transfer(
      request, configuration, pools.pool(of: .ambient, configuration), proxies, defaults)
  }

  /// Checks that a URL can be requested, without sending anything.
  ///
  /// - Throws: ``HTTPError`` with the reason when it is not an absolute `http` or `https` URL.
  public static func check(_ url: String) throws(HTTPError) {
    _ = try HostNames.url(url)
  }
}
