// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a task is called in messages.
@usableFromInline
package enum TaskLabel {
  case none
  /// In a box: few tasks have a name, and all have room for a label.
  indirect case given(String)
  /// One of many: its name is put together only when it is asked for.
  case member(GroupKind, Int32)

  @inlinable
  init(_ name: String?) { self = name.map { .given($0) } ?? .none }

  @inlinable
  var given: String? {
    if case .given(let name) = self { name } else { nil }
  }

  var text: String? {
    switch self {
    case .none: nil
    case .given(let name): name
    case .member(let verb, let index): "\(verb)[\(index)]"
    }
  }
}
