// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPTypes

/// All routes of a router, by the parts of their paths.
///
/// A look takes time by the number of parts of the path, and not of the routes.
struct RouteTree: Sendable {
  /// What answers at a path.
  struct Route: Sendable {
    let names: [String]
    let handler: HTTPServer.Handler
  }

  /// What was found for a path.
  struct Match {
    var routes: [HTTPRequest.Method: Route]
    /// The parts of the path that the names are for.
    var values: [String]
    /// The index of the part at which the last of them begins, if it is the rest of the path.
    var restIndex: Int?
  }

  private struct Node {
    var literals: [String: Int] = [:]
    var parameter: Int?
    var rest: Int?
    var routes: [HTTPRequest.Method: Route] = [:]
  }

  private var nodes = [Node()]

  /// Adds a route; one that is there already is a programmer's error.
  mutating func add(
    _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping HTTPServer.Handler
  ) {
    let pattern = RoutePattern(path)
    var place = 0
    for segment in pattern.segments { place = child(of: place, segment) }
    require(
      nodes[place].routes[method] == nil, "Router: \(method.rawValue) \(path) is there already")
    nodes[place].routes[method] = Route(names: pattern.names, handler: handler)
  }

  private mutating func child(of place: Int, _ segment: RoutePattern.Segment) -> Int {
    let existing: Int? =
      switch segment {
      case .literal(let text): nodes[place].literals[text]
      case .parameter: nodes[place].parameter
      case .rest: nodes[place].rest
      }
    if let existing { return existing }
    nodes.append(Node())
    let new = nodes.count - 1
    switch segment {
    case .literal(let text): nodes[place].literals[text] = new
    case .parameter: nodes[place].parameter = new
    case .rest: nodes[place].rest = new
    }
    return new
  }

  /// The routes of a path: those with the text itself go before those with a parameter, and these before those with the rest.
  ///
  /// - Parameter segments: The parts of the path, decoded.
  func match(_ segments: [String]) -> Match? {
    var match = Match(routes: [:], values: [], restIndex: nil)
    guard let place = find(0, segments[...], &match) else { return nil }
    match.routes = nodes[place].routes
    return match
  }

  private func find(_ place: Int, _ segments: ArraySlice<String>, _ match: inout Match) -> Int? {
    let node = nodes[place]
    guard let first = segments.first else { return node.routes.isEmpty ? nil : place }
    let others = segments.dropFirst()
    if let next = node.literals[first], let found = find(next, others, &match) { return found }
    if let next = node.parameter, !first.isEmpty {
      match.values.append(first)
      if let found = find(next, others, &match) { return found }
      match.values.removeLast()
    }
    if let next = node.rest {
      match.values.append(segments.joined(separator: "/"))
      match.restIndex = segments.startIndex
      return next
    }
    return nil
  }

  /// All routes with their paths put behind another path.
  func forEach(_ body: (HTTPRequest.Method, String, @escaping HTTPServer.Handler) -> Void) {
    visit(0, "", body)
  }

  private func visit(
    _ place: Int, _ path: String,
    _ body: (HTTPRequest.Method, String, @escaping HTTPServer.Handler) -> Void
  ) {
    let node = nodes[place]
    for (method, route) in node.routes {
      var names = route.names[...]
      // The names are the route's own, and may differ between methods.
      let named = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
        part == "{}"
          ? "{\(names.removeFirst())}"
          : part == "{...}" ? "{\(names.removeFirst())...}" : String(part)
      }
      body(method, named.joined(separator: "/"), route.handler)
    }
    for (text, next) in node.literals { visit(next, "\(path)/\(text)", body) }
    if let next = node.parameter { visit(next, "\(path)/{}", body) }
    if let next = node.rest { visit(next, "\(path)/{...}", body) }
  }
}
