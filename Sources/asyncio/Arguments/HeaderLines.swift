// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIOHTTP
import Glibc
import HTTPTypes

/// The header fields of `--header`.
struct HeaderLines {
  let fields: HTTPFields

  init(_ lines: [String]) throws {
    var fields = HTTPFields()
    for line in lines {
      guard let colon = line.firstIndex(of: ":"),
        let name = HTTPField.Name(line[..<colon].trimmed)
      else { throw ValidationError("--header '\(line)' is not of the form 'Name: value'") }
      let value = line[line.index(after: colon)...].trimmed
      guard HTTPField.isValidValue(value) else {
        throw ValidationError(
          "--header '\(line.debugDescription)' has characters that headers cannot have")
      }
      guard ![.contentLength, .transferEncoding].contains(name) else {
        throw ValidationError("--header \(name): the length of a body is not for headers to say")
      }
      fields.append(HTTPField(name: name, value: value))
    }
    self.fields = fields
  }
}
