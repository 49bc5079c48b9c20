// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation
import HTTPTypes

/// The checked options of a fetch.
struct FetchOptions: Sendable {
  let urls: [String]
  let input: String?
  let concurrency: Int
  let timeout: Duration
  let retries: Int
  let output: String?
  let bodiesDirectory: String?
  let stopsAtFailure: Bool
  let headers: HTTPFields

  init(_ command: FetchCommand) throws {
    urls = command.urls
    input = command.input
    concurrency = command.concurrency
    timeout = command.timeout.duration
    retries = command.retries
    output = command.output
    bodiesDirectory = command.saveBodies
    stopsAtFailure = command.failFast
    headers = try FetchHeaders(command.header).fields
  }
}

/// The header fields of `--header`.
struct FetchHeaders {
  let fields: HTTPFields

  init(_ lines: [String]) throws {
    var fields = HTTPFields()
    for line in lines {
      guard let colon = line.firstIndex(of: ":"),
        let name = HTTPField.Name(line[..<colon].trimmingCharacters(in: .whitespaces))
      else { throw ValidationError("--header '\(line)' is not of the form 'Name: value'") }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      fields.append(HTTPField(name: name, value: value))
    }
    self.fields = fields
  }
}

/// One URL to fetch.
struct FetchItem: Sendable {
  /// Its place in the input, from 0.
  let index: Int
  let url: String
}

/// Reads and checks the URLs.
///
/// All mistakes are found before anything is fetched.
struct FetchInput {
  private let options: FetchOptions
  private static let mostMistakes = 10

  init(_ options: FetchOptions) { self.options = options }

  func read() async throws -> [FetchItem] {
    var items: [FetchItem] = []
    var mistakes: [String] = []
    for url in options.urls {
      if let mistake = Self.mistake(in: url) { mistakes.append("\"\(url)\": \(mistake)") }
      items.append(FetchItem(index: items.count, url: url))
    }
    if let input = options.input {
      let name = input == "-" ? "standard input" : input
      let text = try await readAll(input, name)
      for (number, line) in text.split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline
      ).enumerated() {
        let url = line.trimmingCharacters(in: .whitespaces.union(.newlines))
        if url.isEmpty || url.hasPrefix("#") { continue }
        if let mistake = Self.mistake(in: url) {
          mistakes.append("\(name), line \(number + 1): \"\(url)\": \(mistake)")
        }
        items.append(FetchItem(index: items.count, url: url))
      }
    }
    guard mistakes.isEmpty else { throw report(mistakes) }
    return items
  }

  private func report(_ mistakes: [String]) -> ExitStatus {
    let more = mistakes.count - Self.mostMistakes
    let lines = mistakes.prefix(Self.mostMistakes) + (more > 0 ? ["and \(more) more"] : [])
    return usageError("malformed URL in " + lines.joined(separator: "\n       "))
  }

  private static func mistake(in url: String) -> String? {
    guard let parts = URLComponents(string: url) else { return "not a URL" }
    guard let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme) else {
      return "it must begin with http:// or https://"
    }
    guard let host = parts.host, !host.isEmpty else { return "it names no host" }
    return nil
  }

  /// Reads a descriptor to its end as bytes come: a terminal or a pipe never holds up the loop.
  private func readAll(_ path: String, _ name: String) async throws -> String {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw usageError("cannot read \(name): \(errnoText())") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      try await EventLoop.current?.readable(descriptor)
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw usageError("cannot read \(name): \(errnoText())") }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}

func errnoText() -> String { String(cString: strerror(errno)) }
