// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIOHTTP

/// A line of the input: a URL, or something else.
enum URLLine: Equatable {
  /// Empty, or a comment.
  case nothing
  case url(String)
  case malformed(String, reason: String)

  /// Reads a line: without the spaces around it, and without the mark that some editors write at the begin of a file.
  ///
  /// - Parameter isChecked: Whether it is known which lines are URLs: then only those that cannot be one at first sight are looked at.
  init(_ line: ArraySlice<UInt8>, isChecked: Bool) {
    let isSpace = { (byte: UInt8) in byte == 0x20 || 0x09...0x0D ~= byte }
    var line = line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line
    while let first = line.first, isSpace(first) { line.removeFirst() }
    while let last = line.last, isSpace(last) { line.removeLast() }
    guard let first = line.first, first != UInt8(ascii: "#") else {
      self = .nothing
      return
    }
    guard let text = String(validating: line, as: UTF8.self) else {
      self = .malformed(String(decoding: line, as: UTF8.self), reason: "not UTF-8")
      return
    }
    self = isChecked && text.hasPrefix("http") ? .url(text) : URLLine(argument: text)
  }

  /// Reads an argument.
  init(argument text: String) {
    do {
      try HTTPClient.check(text)
      self = .url(text)
    } catch {
      self = .malformed(text, reason: error.message)
    }
  }
}
