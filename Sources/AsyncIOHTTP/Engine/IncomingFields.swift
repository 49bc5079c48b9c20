// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

/// The fields of an answer: as they came by HTTP/1.1, until somebody asks for all of them, which takes ten times as long as to find one.
enum IncomingFields: Sendable {
  case block(FieldBlock)
  case list(HTTPFields)

  /// The values of a field as one text, joined as a list; nil if there is none.
  subscript(id: FieldID, name: HTTPField.Name) -> String? {
    switch self {
    case .list(let fields): return fields[name]
    case .block(let block):
      guard block.contains(id) else { return nil }
      let values = block.values(id)
      if values.count == 1 { return String(decoding: values[0], as: UTF8.self) }
      return values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
    }
  }

  /// The values of a field one by one: some cannot be joined.
  func values(_ id: FieldID, _ name: HTTPField.Name) -> [String] {
    switch self {
    case .list(let fields): fields[values: name]
    case .block(let block): block.values(id).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  var all: HTTPFields {
    switch self {
    case .list(let fields): fields
    case .block(let block): block.fields
    }
  }
}
