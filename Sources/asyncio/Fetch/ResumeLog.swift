// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import FoundationEssentials
import Glibc

/// The URLs that have a line in the output of an earlier job.
///
/// Each takes 16 bytes: two numbers that are made of it in different ways, so that no two URLs are likely to have both in common, not
/// of as many as there can be.
struct ResumeLog: Sendable {
  private struct Digest: Hashable {
    let first: Int
    let second: Int

    init(_ url: String) {
      first = url.hashValue
      var hasher = Hasher()
      hasher.combine(0x5EED)
      hasher.combine(url)
      second = hasher.finalize()
    }
  }

  private struct Row: Decodable { let url: String }

  private var done: Set<Digest> = []

  func contains(_ url: String) -> Bool { !done.isEmpty && done.contains(Digest(url)) }

  /// Reads an output, and cuts off a last line that was not written whole; nothing of one that is not there.
  static func read(_ path: String) async throws -> ResumeLog {
    var log = ResumeLog()
    let file: FileStream
    do {
      file = try await Files.open(path)
    } catch let error as IOError where error.errno == ENOENT {
      return log
    } catch let error as IOError {
      throw usageError("cannot read \(path): \(errnoText(error.errno))")
    }
    defer { file.abort() }
    var (number, whole) = (0, 0)
    for try await line in file.lines(limit: 1 << 20) {
      guard line.last == UInt8(ascii: "\n") else { break }
      number += 1
      whole += line.count
      if line.count == 1 { continue }
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line)) else {
        throw usageError("\(path), line \(number): no line of an earlier fetch")
      }
      log.done.insert(Digest(row.url))
    }
    let end = off_t(whole)
    try await runBlocking {
      if truncate(path, end) != 0 { throw usageError("cannot write to \(path): \(errnoText())") }
    }
    return log
  }
}
