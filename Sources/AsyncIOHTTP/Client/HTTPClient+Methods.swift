// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
public import HTTPTypes

extension HTTPClient {
  /// Fetches a URL with GET and collects the body.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: ``HTTPError`` with the URL; `CancellationError`.
  public func get(_ url: String, headers: HTTPFields = [:]) async throws -> Response {
    try await execute(Request(url, headers: headers))
  }

  /// Fetches the head of a URL, without a body.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: ``HTTPError`` with the URL; `CancellationError`.
  public func head(_ url: String, headers: HTTPFields = [:]) async throws -> Response {
    try await execute(Request(url, method: .head, headers: headers))
  }

  /// Sends a body with POST and collects the body of the response.
  ///
  /// ```swift
  /// let made = try await client.post(url, .json(draft)).check().json(as: Note.self)
  /// ```
  ///
  /// See ``execute(_:maxBodySize:)``. A POST is never sent twice.
  ///
  /// - Throws: ``HTTPError`` with the URL; `CancellationError`; what a body throws that is made on the way.
  public func post(
    _ url: String, _ content: RequestBody, headers: HTTPFields = [:]
  ) async throws -> Response {
    try await execute(Request(url, method: .post, headers: headers, content: content))
  }

  /// Sends a body with PUT and collects the body of the response.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: As ``post(_:_:headers:)``.
  public func put(
    _ url: String, _ content: RequestBody, headers: HTTPFields = [:]
  ) async throws -> Response {
    try await execute(Request(url, method: .put, headers: headers, content: content))
  }

  /// Sends a body with PATCH and collects the body of the response.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: As ``post(_:_:headers:)``.
  public func patch(
    _ url: String, _ content: RequestBody, headers: HTTPFields = [:]
  ) async throws -> Response {
    try await execute(Request(url, method: .patch, headers: headers, content: content))
  }

  /// Sends DELETE and collects the body of the response.
  ///
  /// See ``execute(_:maxBodySize:)``.
  ///
  /// - Throws: ``HTTPError`` with the URL; `CancellationError`.
  public func delete(_ url: String, headers: HTTPFields = [:]) async throws -> Response {
    try await execute(Request(url, method: .delete, headers: headers))
  }

  /// Sends a request and collects the body of the response.
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled.
  ///
  /// - Parameter maxBodySize: The largest body, in bytes; nil for the client's setting.
  ///
  /// - Throws: ``HTTPError`` with the URL, `tooLarge` included; `CancellationError`. A status like 404 is no error.
  public func execute(_ request: Request, maxBodySize: Int? = nil) async throws -> Response {
    let limit = maxBodySize ?? configuration.maxBodySize
    return try await stream(request) { response in
      let body = try await response.collect(
        upTo: limit, announced: response.head.announcedLength(for: request.method))
      return Response(
        head: response.head, body: body, trailers: response.trailers, story: response.story)
    }
  }

  /// Saves the body of a response with a status below 400 to a file, and returns its head.
  ///
  /// The file is replaced when the body is there whole, and untouched otherwise. A disk that is slow holds the server
  /// back: no more than some 100 KB wait in memory.
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled; the file is untouched.
  ///
  /// - Throws: ``HTTPError``, with the code `badStatus` for a status of 400 and more; `IOError` with the path;
  ///   `CancellationError`.
  @discardableResult
  public func download(_ request: Request, to path: String) async throws -> ResponseHead {
    try await stream(request) { response in
      try response.head.check()
      try await response.save(to: path)
      return response.head
    }
  }

  /// Saves what a URL gives to a file.
  ///
  /// **Cancellation.** As ``download(_:to:)-(Request,_)``.
  ///
  /// - Throws: As ``download(_:to:)-(Request,_)``.
  @discardableResult
  public func download(_ url: String, to path: String) async throws -> ResponseHead {
    try await download(Request(url), to: path)
  }
}
