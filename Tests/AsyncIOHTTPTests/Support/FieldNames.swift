// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes

extension HTTPField.Name {
  /// The name of a field that has no constant.
  static func of(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { fatalError("\(text) is no token") }
    return name
  }
}
