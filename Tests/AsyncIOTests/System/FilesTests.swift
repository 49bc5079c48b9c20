// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct FilesTests {
  @Test func `What is written is read; what is appended comes after it`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let path = directory.appending("file")
      try await Files.write(.init("one"), to: path)
      try await Files.write(.init("two"), to: path)
      try await Files.append(.init(" three"), to: path)
      #expect(try await Files.readText(path) == "two three")
      await #expect(throws: LimitOverrunError.self) { _ = try await Files.read(path, limit: 8) }
      #expect(try await Files.read(path, limit: 9).count == 9)
      #expect(try await !Files.readText("/proc/self/status").isEmpty)
    }
  }

  @Test func `A file is replaced whole, keeps its permissions, and nothing is left beside it`()
    throws
  {
    try withTemporaryDirectory { (directory) async throws in
      let path = directory.appending("file")
      try await Files.write(.init("old"), to: path, mode: 0o600)
      try await Files.replace(path, with: .init("new"))
      #expect(try await Files.readText(path) == "new")
      let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      try FileManager.default.createSymbolicLink(
        atPath: directory.appending("link").string, withDestinationPath: path.string)
      try await Files.replace(directory.appending("link"), with: .init("newer"))
      #expect(try await Files.readText(path) == "newer")
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.string).sorted()
      #expect(names == ["file", "link"])
    }
  }

  @Test func `Errors name the path, and a failed replacement changes nothing`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let missing = directory.appending("missing")
      let error = await #expect(throws: IOError.self) { _ = try await Files.read(missing) }
      #expect(error.map(String.init(describing:))?.contains(missing.string) == true)
      await #expect(throws: IOError.self) { _ = try await Files.open(missing) }
      await #expect(throws: IOError.self) { try await Files.write([1], to: directory) }
      await #expect(throws: IOError.self) { try await Files.replace(directory, with: [1]) }
      await #expect(throws: IOError.self) {
        try await Files.write([UInt8](repeating: 1, count: 1 << 20), to: "/dev/full")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.string).isEmpty)
    }
  }

  @Test func `A file is read line by line, whatever its size`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let path = directory.appending("lines")
      let text = (0..<50_000).map { "line \($0)\n" }.joined()
      try await Files.write(.init(text), to: path)
      let stream = try await Files.open(path)
      var count = 0
      for try await line in stream.lines {
        if line.text != "line \(count)\n" { Issue.record("line \(count) is \(line.text)") }
        count += 1
      }
      #expect(count == 50_000)
      await stream.close()
    }
  }
}
