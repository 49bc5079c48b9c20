// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Files that are no plain files, and what a replaced file keeps.
@Suite struct FileKindsTests {
  private func status(_ path: FilePath) -> stat {
    var status = stat()
    stat(path.string, &status)
    return status
  }

  // MARK: FIFOs

  @Test func `A FIFO without a writer holds up nobody, and its reader can be cancelled`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let fifo = directory.appending("fifo")
      mkfifo(fifo.string, 0o600)
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(20)) { _ = try await Files.read(fifo) }
      }
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(20)) { try await Files.write([1], to: fifo) }
      }
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(20)) { try await Files.append([1], to: fifo) }
      }
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(20)) { _ = try await Files.create(fifo) }
      }
    }
  }

  @Test func `What one writes to a FIFO another reads, whoever comes first`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let fifo = directory.appending("fifo")
      mkfifo(fifo.string, 0o600)
      let bytes = [UInt8](repeating: 7, count: 300_000)
      for readsFirst in [true, false] {
        let (read, _) = try await gather(
          {
            if !readsFirst { await settle() }
            return try await Files.read(fifo)
          },
          {
            if readsFirst { await settle() }
            try await Files.write(bytes, to: fifo)
          })
        #expect(read == bytes)
      }
      let writing = createTask { try await Files.write(bytes, to: fifo) }
      let error = await #expect(throws: LimitOverrunError.self) {
        _ = try await Files.read(fifo, limit: 100)
      }
      #expect(error.map { "\($0)" } == "\(fifo.string) has more bytes than the limit of 100")
      _ = await writing.result
      #expect(self.status(fifo).st_mode & S_IFMT == S_IFIFO)
    }
  }

  @Test func `Devices are read and written as streams`() throws {
    try withTemporaryDirectory { (_) async throws in
      #expect(try await Files.read("/dev/null") == [])
      try await Files.write([1, 2, 3], to: "/dev/null")
      await #expect(throws: LimitOverrunError.self) {
        _ = try await Files.read("/dev/zero", limit: 100)
      }
    }
  }

  @Test func `Over its limit, a file is named`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let path = directory.appending("file")
      try await Files.write([1, 2, 3], to: path)
      let error = await #expect(throws: LimitOverrunError.self) {
        _ = try await Files.read(path, limit: 2)
      }
      #expect(error.map { "\($0)" } == "\(path.string) has more bytes than the limit of 2")
    }
  }

  // MARK: Replacing

  @Test func `A replaced file keeps its owner and its permissions, set-user-ID included`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let path = directory.appending("file")
      try await Files.write([1], to: path)
      // Only root can give files away; for others the owner is their own.
      let user: uid_t = geteuid() == 0 ? 65534 : geteuid()
      chown(path.string, user, geteuid() == 0 ? 65534 : getegid())
      chmod(path.string, 0o4755)
      try await Files.replace(path, with: [2])
      let status = self.status(path)
      #expect(status.st_uid == user && status.st_mode & 0o7777 == 0o4755)
      #expect(try await Files.read(path) == [2])
    }
  }

  @Test func `Names of any length are replaced`() throws {
    try withTemporaryDirectory { (directory) async throws in
      for length in [1, 231, 255] {
        let path = directory.appending(String(repeating: "n", count: length))
        try await Files.replace(path, with: [1])
        try await Files.replace(path, with: [2])
        #expect(try await Files.read(path) == [2])
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.string)
      #expect(names.count == 3)
    }
  }

  @Test func `A link stays a link, also one that leads nowhere yet`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let link = directory.appending("link")
      symlink("second", link.string)
      symlink("target", directory.appending("second").string)
      try await Files.replace(link, with: [1])
      #expect(try await Files.read(directory.appending("target")) == [1])
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.string).sorted()
      #expect(names == ["link", "second", "target"])
      symlink("loop", directory.appending("loop").string)
      let error = await #expect(throws: IOError.self) {
        try await Files.replace(directory.appending("loop"), with: [1])
      }
      #expect(error?.errno == ELOOP)
    }
  }

  @Test func `What is no file with bytes is not replaced`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let fifo = directory.appending("fifo")
      mkfifo(fifo.string, 0o600)
      let error = await #expect(throws: IOError.self) { try await Files.replace(fifo, with: [1]) }
      #expect(error?.errno == EINVAL)
      #expect(self.status(fifo).st_mode & S_IFMT == S_IFIFO)
      let other = await #expect(throws: IOError.self) {
        try await Files.replace(directory, with: [1])
      }
      #expect(other?.errno == EISDIR)
    }
  }

  // MARK: Sending

  @Test func `A directory is not sent, and the stream is as before`() throws {
    try withTemporaryDirectory { (directory) async throws in
      for isUnix in [true, false] {
        let pair = isUnix ? nil : try await TCPPair()
        let unix = isUnix ? try connectedPair() : nil
        let (one, other): (ByteStream, ByteStream) =
          if let pair { (pair.client, pair.server) } else { try #require(unix) }
        let error = await #expect(throws: IOError.self) { _ = try await one.sendFile(directory) }
        #expect(error?.errno == EISDIR && error?.subject == directory.string)
        try await one.write("still here")
        #expect(try await other.readExactly(10).text == "still here")
        await one.close()
        await other.close()
      }
    }
  }

  @Test func `Files that do not know their size are sent to the end`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let (one, other) = try connectedPair()
      let expected = try await Files.read("/proc/self/cmdline")
      #expect(try await one.sendFile("/proc/self/cmdline") == expected.count)
      #expect(try await other.readExactly(expected.count) == expected)
      #expect(try await one.sendFile("/dev/zero", count: 1000) == 1000)
      #expect(try await other.readExactly(1000) == [UInt8](repeating: 0, count: 1000))
      #expect(try await one.sendFile("/dev/null") == 0)
      let fifo = directory.appending("fifo")
      mkfifo(fifo.string, 0o600)
      let (sent, _) = try await gather(
        { try await one.sendFile(fifo) },
        { try await Files.write(.init("through a FIFO"), to: fifo) })
      #expect(sent == 14)
      #expect(try await other.readExactly(14).text == "through a FIFO")
      let error = await #expect(throws: IOError.self) {
        _ = try await one.sendFile("/dev/zero", from: 5)
      }
      #expect(error?.errno == ESPIPE)
      try await one.write("x")
      #expect(try await other.readExactly(1).text == "x")
      await one.close()
      await other.close()
    }
  }
}
