// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A body has another length than was announced: the message cannot be ended.
struct BodyLengthError: Error, CustomStringConvertible {
  let announced: Int
  let isLonger: Bool

  var description: String {
    "the body is \(isLonger ? "longer" : "shorter") than its length of \(announced) bytes"
  }
}
