// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
public import HTTPTypes

/// Hands requests to handlers by method and path.
///
/// ```swift
/// var app = Router()
/// app.use(.requestID, .accessLog)
/// app.get("/users/{id}") { request in
///   try await .json(users.find(request.parameters["id", as: Int.self]))
/// }
/// app.post("/users") { request in
///   let user = try await request.json(as: User.self)
///   return try await .json(users.add(user), status: .created)
/// }
/// app.files("/static", from: "public")
/// ```
///
/// A part of a path in braces is a parameter, and the last may stand for the rest of the path: `/files/{path...}`. Of several routes that
/// fit, one with the text itself goes before one with a parameter, and that before one with the rest. `HEAD` is answered by the
/// route of `GET`, `OPTIONS` with the methods that there are, and any other method with 405 (RFC 9110 sections 9.3.7 and 15.5.6). Paths are
/// compared part by part once they are decoded; a slash at the end counts.
public struct Router: Sendable {
  private var tree = RouteTree()
  private var middleware: [Middleware] = []
  /// Answers what no route does.
  private var fallback: HTTPServer.Handler = { _ in .notFound }

  /// A router without routes: it answers 404.
  public init() {}

  // MARK: Routes

  /// Adds a route.
  ///
  /// A route that is there already, and a path that is malformed, are programmer's errors, and trap.
  public mutating func on(
    _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping HTTPServer.Handler
  ) {
    tree.add(method, path, handler)
  }

  /// Adds a route whose handler gets the parameters of the path beside the request.
  public mutating func on(
    _ method: HTTPRequest.Method, _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) {
    tree.add(method, path) { try await handler($0, $0.parameters) }
  }

  /// Adds a route for `GET`, and `HEAD`.
  public mutating func get(_ path: String, _ handler: @escaping HTTPServer.Handler) {
    on(.get, path, handler)
  }

  /// As the other form, with the parameters of the path.
  public mutating func get(
    _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) { on(.get, path, handler) }

  /// Adds a route for `POST`.
  public mutating func post(_ path: String, _ handler: @escaping HTTPServer.Handler) {
    on(.post, path, handler)
  }

  /// As the other form, with the parameters of the path.
  public mutating func post(
    _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) { on(.post, path, handler) }

  /// Adds a route for `PUT`.
  public mutating func put(_ path: String, _ handler: @escaping HTTPServer.Handler) {
    on(.put, path, handler)
  }

  /// As the other form, with the parameters of the path.
  public mutating func put(
    _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) { on(.put, path, handler) }

  /// Adds a route for `PATCH`.
  public mutating func patch(_ path: String, _ handler: @escaping HTTPServer.Handler) {
    on(.patch, path, handler)
  }

  /// As the other form, with the parameters of the path.
  public mutating func patch(
    _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) { on(.patch, path, handler) }

  /// Adds a route for `DELETE`.
  public mutating func delete(_ path: String, _ handler: @escaping HTTPServer.Handler) {
    on(.delete, path, handler)
  }

  /// As the other form, with the parameters of the path.
  public mutating func delete(
    _ path: String,
    _ handler:
      @escaping @Sendable (HTTPServer.Request, Parameters) async throws -> HTTPServer.Response
  ) { on(.delete, path, handler) }

  /// Sets what answers requests for which there is no route; 404 otherwise.
  public mutating func notFound(_ handler: @escaping HTTPServer.Handler) { fallback = handler }

  // MARK: Groups

  /// Puts functions around all handlers of this router, also around its 404 and 405: the first is the outermost.
  public mutating func use(_ middleware: Middleware...) { self.middleware += middleware }

  /// Puts a function around all handlers of this router.
  ///
  /// ```swift
  /// app.use { request, next in
  ///   guard await sessions.isValid(request.header(.cookie)) else { throw StatusError(.unauthorized) }
  ///   return try await next(request)
  /// }
  /// ```
  public mutating func use(
    _ body:
      @escaping @Sendable (HTTPServer.Request, @escaping HTTPServer.Handler) async throws ->
      HTTPServer.Response
  ) { middleware.append(Middleware(body)) }

  /// Adds routes whose paths begin with `prefix`, with functions around them of their own.
  ///
  /// ```swift
  /// app.group("/admin") { admin in
  ///   admin.use(.basicAuthentication { user, password in await accounts.check(user, password) })
  ///   admin.get("/jobs") { request in … }
  /// }
  /// ```
  public mutating func group(_ prefix: String, _ body: (inout Router) -> Void) {
    var router = Router()
    body(&router)
    mount(prefix, router)
  }

  /// Adds the routes of another router behind a path.
  ///
  /// What that one answers when it has no route is left to this one.
  public mutating func mount(_ prefix: String, _ router: Router) {
    require(
      prefix.isEmpty || prefix.hasPrefix("/") && !prefix.hasSuffix("/"),
      "Router: a path to mount at begins with a slash and does not end with one, got \(prefix.debugDescription)"
    )
    router.tree.forEach { method, path, handler in
      // The root of what is mounted is at the path itself, too.
      if path == "/", !prefix.isEmpty {
        tree.add(method, prefix, Middleware.wrap(handler, router.middleware))
      }
      tree.add(method, prefix + path, Middleware.wrap(handler, router.middleware))
    }
  }

  // MARK: Answering

  /// The router as one handler.
  public var handler: HTTPServer.Handler {
    let (tree, fallback) = (tree, fallback)
    return Middleware.wrap({ try await Self.answer($0, tree, fallback) }, middleware)
  }

  private static func answer(
    _ request: HTTPServer.Request, _ tree: RouteTree, _ fallback: HTTPServer.Handler
  ) async throws -> HTTPServer.Response {
    if request.target == "*" { return options([.get, .head, .options]) }
    let segments = request.path.utf8.dropFirst()
      .split(separator: 0x2F, omittingEmptySubsequences: false).map { decoded($0) }
    guard let match = tree.match(segments) else { return try await fallback(request) }
    let route =
      match.routes[request.method]
      ?? (request.method == .head ? match.routes[.get] : nil)
    guard let route else {
      let methods = allowed(match.routes.keys)
      if request.method == .options { return options(methods) }
      return .named(.methodNotAllowed, headers: [.allow: list(methods)])
    }
    if !route.names.isEmpty {
      request.notes.withLock { notes in
        notes.parameters += zip(route.names, match.values).map { ($0, $1) }
        notes.restIndex = match.restIndex
      }
    }
    return try await route.handler(request)
  }

  private static func decoded(_ segment: Substring.UTF8View.SubSequence) -> String {
    let text = String(decoding: segment, as: UTF8.self)
    guard segment.contains(0x25) else { return text }
    return String(decoding: Percent.decode(text), as: UTF8.self)
  }

  private static func allowed(
    _ methods: some Collection<HTTPRequest.Method>
  ) -> [HTTPRequest.Method] {
    var all = Set(methods)
    if all.contains(.get) { all.insert(.head) }
    all.insert(.options)
    return all.sorted { $0.rawValue < $1.rawValue }
  }

  private static func list(_ methods: [HTTPRequest.Method]) -> String {
    methods.map(\.rawValue).joined(separator: ", ")
  }

  private static func options(_ methods: [HTTPRequest.Method]) -> HTTPServer.Response {
    HTTPServer.Response(status: .noContent, headers: [.allow: list(methods)])
  }
}
