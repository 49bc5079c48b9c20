// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A function around a handler: it may look at the request, answer itself, or change the answer.
///
/// ```swift
/// let timing = Middleware { request, next in
///   let begin = ContinuousClock.now
///   var response = try await next(request)
///   response.headers[.init("Server-Timing")!] = "app;dur=\(begin.duration(to: .now) / .milliseconds(1))"
///   return response
/// }
/// app.use(timing)
/// ```
public struct Middleware: Sendable {
  let body:
    @Sendable (HTTPServer.Request, @escaping HTTPServer.Handler) async throws -> HTTPServer.Response

  /// A function that calls `next` for the answer of what is inside it.
  public init(
    _ body:
      @escaping @Sendable (
        _ request: HTTPServer.Request, _ next: @escaping HTTPServer.Handler
      ) async throws -> HTTPServer.Response
  ) { self.body = body }

  /// A handler with functions around it, the first outermost.
  static func wrap(
    _ handler: @escaping HTTPServer.Handler, _ middleware: [Middleware]
  ) -> HTTPServer.Handler {
    middleware.reversed().reduce(handler) { inner, outer in
      { request in try await outer.body(request, inner) }
    }
  }
}
