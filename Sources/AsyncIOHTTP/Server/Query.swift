// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// The parameters of a query, decoded as forms are: WHATWG URL Standard section 5.1.
public struct Query: Sendable, Hashable, Sequence {
  /// One parameter.
  public struct Item: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Its value; empty if there is none.
    public let value: String
  }

  private let items: [Item]

  init(_ text: Substring?) { items = text.map(Self.parse) ?? [] }

  /// The value of the first parameter of a name; nil if there is none.
  public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// The value of the first parameter of a name as a number or another value that is made of a text; nil if there is none.
  ///
  /// - Throws: ``StatusError``, 400, when it is no such value.
  public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value? {
    get throws {
      guard let text = self[name] else { return nil }
      guard let value = Value(text) else {
        throw StatusError(
          .badRequest, "\(name) must be a value of type \(type), and is \(text.debugDescription)")
      }
      return value
    }
  }

  /// The values of all parameters of a name.
  public func values(of name: String) -> [String] {
    items.filter { $0.name == name }.map(\.value)
  }

  /// All parameters, in their order.
  public func makeIterator() -> IndexingIterator<[Item]> { items.makeIterator() }

  /// Parts between ampersands; a plus sign is a space, and bytes that are not UTF-8 are replaced.
  static func parse(_ text: Substring) -> [Item] {
    text.split(separator: "&").map { part in
      let equals = part.firstIndex(of: "=") ?? part.endIndex
      return Item(
        name: decode(part[..<equals]),
        value: equals == part.endIndex ? "" : decode(part[part.index(after: equals)...]))
    }
  }

  private static func decode(_ text: Substring) -> String {
    let spaced = String(text).replacing("+", with: " ")
    return String(decoding: Percent.decode(spaced), as: UTF8.self)
  }
}
