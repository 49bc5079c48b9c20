// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// The path of a route: `/users/{id}`, `/files/{path...}`.
struct RoutePattern {
  enum Segment: Equatable {
    /// This text.
    case literal(String)
    /// Any text but none, to which the route gives a name.
    case parameter(String)
    /// The rest of the path.
    case rest(String)
  }

  let segments: [Segment]

  /// Takes a pattern apart; one that is none is a programmer's error.
  init(_ text: String) {
    require(text.hasPrefix("/"), "Router: a path begins with a slash, got \(text.debugDescription)")
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    segments = parts.enumerated().map { index, part in
      guard part.hasPrefix("{") else {
        require(
          !part.contains("{") && !part.contains("}"),
          "Router: a parameter is a whole part of the path, got \(text.debugDescription)")
        return .literal(String(part))
      }
      require(part.hasSuffix("}"), "Router: a brace is not closed in \(text.debugDescription)")
      let name = String(part.dropFirst().dropLast())
      guard name.hasSuffix("...") else { return .parameter(name) }
      require(
        index == parts.count - 1,
        "Router: \(part) stands for the rest, and is the last in \(text.debugDescription)")
      return .rest(String(name.dropLast(3)))
    }
    let names = names
    require(!names.contains(""), "Router: a parameter has no name in \(text.debugDescription)")
    require(
      Set(names).count == names.count,
      "Router: two parameters have the same name in \(text.debugDescription)")
  }

  var names: [String] {
    segments.compactMap { segment in
      switch segment {
      case .literal: nil
      case .parameter(let name), .rest(let name): name
      }
    }
  }
}
