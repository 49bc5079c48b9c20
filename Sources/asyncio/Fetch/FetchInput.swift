// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation

/// Reads and checks the URLs.
///
/// All mistakes are found before anything is fetched. The input is taken in pieces, as it comes, so
/// that a slow or endless one never holds up the loop.
struct FetchInput {
  private let options: FetchOptions
  private static let mostMistakes = 10
  private static let longestLine = 64 << 10

  private var items: [FetchItem] = []
  private var mistakes: [String] = []

  init(_ options: FetchOptions) { self.options = options }

  mutating func read() async throws -> [FetchItem] {
    for url in options.urls { add(url, place: "argument") }
    if let input = options.input {
      try refuseSameFile(input)
      try await readLines(of: input, named: input == "-" ? "standard input" : input)
    }
    guard mistakes.isEmpty else { throw report() }
    return items
  }

  private mutating func add(_ url: String, place: String) {
    do {
      try HTTPClient.check(url)
    } catch {
      let text = url.count > 200 ? url.prefix(200) + "…" : url[...]
      mistakes.append("\(place): \(String(text).debugDescription): \(error.message)")
    }
    items.append(FetchItem(index: items.count, url: url))
  }

  private func report() -> ExitStatus {
    let more = mistakes.count - Self.mostMistakes
    let lines = mistakes.prefix(Self.mostMistakes) + (more > 0 ? ["and \(more) more"] : [])
    return usageError("malformed URL in " + lines.joined(separator: "\n       "))
  }

  /// The results would be written over the URLs.
  private func refuseSameFile(_ input: String) throws {
    guard let output = options.output else { return }
    var (read, written) = (stat(), stat())
    guard stat(input, &read) == 0, stat(output, &written) == 0 else { return }
    if read.st_dev == written.st_dev, read.st_ino == written.st_ino,
      read.st_mode & S_IFMT == S_IFREG
    {
      throw usageError("--output \(output) is the file of --input")
    }
  }

  private mutating func readLines(of path: String, named name: String) async throws {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw usageError("cannot read \(name): \(errnoText())") }
    defer { if path != "-" { close(descriptor) } }
    guard fcntl(descriptor, F_GETFD) >= 0 else {
      throw usageError("cannot read \(name): it is closed")
    }
    var number = 1
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      try await EventLoop.current?.readable(descriptor)
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count >= 0 else { throw usageError("cannot read \(name): \(errnoText())") }
      for byte in buffer[..<count] {
        if byte == UInt8(ascii: "\n") {
          addLine(line, "\(name), line \(number)")
          line.removeAll(keepingCapacity: true)
          number += 1
        } else {
          line.append(byte)
        }
      }
      guard line.count <= Self.longestLine else {
        throw usageError("\(name), line \(number): longer than \(Self.longestLine) bytes")
      }
      if count == 0 { return addLine(line, "\(name), line \(number)") }
      try Task.checkCancellation()
    }
  }

  private mutating func addLine(_ bytes: [UInt8], _ place: String) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return mistakes.append("\(place): not UTF-8")
    }
    let byteOrderMark = "\u{FEFF}"
    let url = text.trimmingCharacters(
      in: .whitespaces.union(.newlines).union(.init(charactersIn: byteOrderMark)))
    if !url.isEmpty, !url.hasPrefix("#") { add(url, place: place) }
  }
}
