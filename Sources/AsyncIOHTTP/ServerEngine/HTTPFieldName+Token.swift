// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIOPlatform
internal import HTTPTypes

extension HTTPField.Name {
  /// The name of a field that has no constant; one that is no token is a fault of this package.
  static func token(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { failRequirement("\(text) is no token") }
    return name
  }
}
