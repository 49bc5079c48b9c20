// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIOPlatform
internal import HTTPTypes

/// The parts of a path that a route has names for, decoded.
///
/// ```swift
/// router.get("/users/{id}") { request in
///   let id = try request.parameters["id", as: Int.self]
///   …
/// }
/// ```
public struct Parameters: Sendable {
  private let values: [(name: String, value: String)]

  init(_ values: [(name: String, value: String)]) { self.values = values }

  /// The text in the place of a name.
  ///
  /// A name that the route does not have is a programmer's error, and traps.
  public subscript(name: String) -> String {
    guard let value = values.last(where: { $0.name == name })?.value else {
      failRequirement(
        "Parameters: the route has no {\(name)}, only \(values.map { "{\($0.name)}" })")
    }
    return value
  }

  /// The text in the place of a name as a number or another value that is made of a text.
  ///
  /// - Throws: ``StatusError``, 400, when it is none.
  public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value {
    get throws {
      let text = self[name]
      guard let value = Value(text) else {
        throw StatusError(
          .badRequest, "\(name) must be a value of type \(type), and is \(text.debugDescription)")
      }
      return value
    }
  }
}
