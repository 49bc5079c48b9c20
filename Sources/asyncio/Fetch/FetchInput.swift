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
    do {
      let stream =
        path == "-" ? try FileStream.standardInput() : try await Files.open(path)
      defer { stream.abort() }
      try await readLines(of: stream, named: name)
    } catch let error as IOError {
      throw usageError("cannot read \(name): \(errnoText(error.errno))")
    }
  }

  private mutating func readLines(of stream: FileStream, named name: String) async throws {
    var number = 1
    var line: [UInt8] = []
    for try await piece in stream.chunks {
      for byte in piece {
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
    }
    addLine(line, "\(name), line \(number)")
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
