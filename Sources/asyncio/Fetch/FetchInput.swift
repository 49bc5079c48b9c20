// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc

/// Reads the URLs, in pieces as they come: a slow or endless input never holds up the loop, and one of any length takes the same memory.
struct FetchInput: Sendable {
  private let options: FetchOptions
  private static let longestLine = 64 << 10

  init(_ options: FetchOptions) { self.options = options }

  private var name: String { options.input == "-" ? "standard input" : options.input ?? "" }

  // MARK: Before the start

  /// Looks through arguments and a file, and names what is wrong in them.
  ///
  /// - Returns: How many lines there are that are something; nil for an input that is no file.
  func check() async throws -> Int? {
    try refuseSameFile()
    var mistakes = Mistakes()
    for url in options.urls {
      if case .malformed(let text, let reason) = URLLine(argument: url) {
        mistakes.add("argument", text, reason)
      }
    }
    // Its user is there to correct it.
    if mistakes.count > 0 { throw usageError(mistakes.text(as: "malformed URL in")) }
    guard let input = options.input else { return options.urls.count }
    guard Self.isFile(input) else { return nil }
    var count = options.urls.count
    try await lines(isChecked: false) { line, place in
      if case .malformed(let text, let reason) = line { mistakes.add(place(), text, reason) }
      count += 1
    }
    guard mistakes.count > 0 else { return count }
    if options.isStrict { throw usageError(mistakes.text(as: "malformed URL in")) }
    writeToStandardError("note: \(mistakes.text(as: "malformed URL in"))\n")
    return count
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The results would be written over the URLs.
  private func refuseSameFile() throws {
    guard let input = options.input, let output = options.output else { return }
    var (read, written) = (stat(), stat())
    guard stat(input, &read) == 0, stat(output, &written) == 0 else { return }
    if read.st_dev == written.st_dev, read.st_ino == written.st_ino,
      read.st_mode & S_IFMT == S_IFREG
    {
      throw usageError("--output \(output) is the file of --input")
    }
  }

  // MARK: Reading

  /// Gives all items to `body`, one after the other; a line of a pipe that is no URL is reported, and ends a strict job.
  func items(_ body: (FetchItem) async throws -> Void) async throws {
    var index = 0
    for url in options.urls {
      try await body(FetchItem(index: index, url: url))
      index += 1
    }
    guard let input = options.input else { return }
    let wasChecked = Self.isFile(input)
    // A file was looked through before.
    try await lines(isChecked: wasChecked) { line, place in
      switch line {
      case .nothing: return
      case .url(let url): try await body(FetchItem(index: index, url: url))
      case .malformed(let text, let reason):
        let problem = Mistakes.describe(place(), text, reason)
        if options.isStrict { throw usageError("malformed URL in \(problem)") }
        if !wasChecked { writeToStandardError("note: malformed URL in \(problem)\n") }
        try await body(FetchItem(index: index, url: text, problem: "\(reason) (\(place()))"))
      }
      index += 1
    }
  }

  /// Gives lines that are something, with their places.
  private func lines(
    isChecked: Bool, _ body: (URLLine, _ place: () -> String) async throws -> Void
  ) async throws {
    let input = options.input ?? ""
    do {
      let stream = input == "-" ? try FileStream.standardInput() : try await Files.open(input)
      defer { stream.abort() }
      var (number, rest) = (0, [UInt8]())
      for try await piece in stream.chunks {
        rest += piece
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
          number += 1
          let line = URLLine(rest[start..<end], isChecked: isChecked)
          start = end + 1
          if line != .nothing { try await body(line) { "\(name), line \(number)" } }
        }
        rest.removeFirst(start)
        guard rest.count <= Self.longestLine else {
          throw usageError("\(name), line \(number + 1): longer than \(Self.longestLine) bytes")
        }
      }
      let last = URLLine(rest[...], isChecked: isChecked)
      if last != .nothing { try await body(last) { "\(name), line \(number + 1)" } }
    } catch let error as IOError {
      throw usageError("cannot read \(name): \(errnoText(error.errno))")
    }
  }
}
