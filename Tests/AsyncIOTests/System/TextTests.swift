// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Texts reach the system whole and unaltered, or not at all.
@Suite struct TextTests {
  private static let odd: [UInt8] = [0xff, UInt8(ascii: "x")]

  private func path(_ bytes: [UInt8], in directory: FilePath) -> FilePath {
    var all = (directory.string + "/").utf8.map { CChar(bitPattern: $0) }
    all += bytes.map { CChar(bitPattern: $0) } + [0]
    return all.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? ""
    }
  }

  private func names(in directory: FilePath) -> [[UInt8]] {
    guard let open = opendir(directory.string) else { return [] }
    defer { closedir(open) }
    var names: [[UInt8]] = []
    while let entry = readdir(open) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
          Array(UnsafeBufferPointer(start: start, count: strlen(start)))
        }
      }
      if name.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  // MARK: NUL bytes

  @Test func `A child is not started with text that C would cut`() throws {
    try onNetworkLoop {
      await #expect(throws: NULByteError.self) {
        _ = try await Subprocess.run(.name("echo"), arguments: ["fine", "a\0b"])
      }
      await #expect(throws: NULByteError.self) { _ = try await Subprocess.run(.name("ec\0ho")) }
      await #expect(throws: NULByteError.self) {
        _ = try await Subprocess.run(.path("/bin/ec\0ho"))
      }
      for changes in [["A\0B": "x"], ["A": "x\0y"]] {
        await #expect(throws: NULByteError.self) {
          _ = try await Subprocess.run(.name("true"), environment: .inherit.updating(changes))
        }
      }
      let error = await #expect(throws: NULByteError.self) {
        _ = try await Subprocess.shell("echo", arguments: ["a\0b"])
      }
      #expect(error.map { "\($0)" } == #"argument 4 of /bin/sh, "a\0b" contains a NUL byte"#)
      await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.name("true"), environment: .custom(["A=B": "x"]))
      }
    }
  }

  @Test func `A path that C would cut is refused, and nothing happens to the shorter one`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let short = directory.appending("file")
      let cut = short.string + "\0.txt"
      try await Files.write([1], to: short)
      await #expect(throws: NULByteError.self) { _ = try await Files.read(cut) }
      await #expect(throws: NULByteError.self) { try await Files.write([2], to: cut) }
      await #expect(throws: NULByteError.self) { try await Files.append([2], to: cut) }
      await #expect(throws: NULByteError.self) { try await Files.replace(cut, with: [2]) }
      await #expect(throws: NULByteError.self) { _ = try await Files.open(cut) }
      await #expect(throws: NULByteError.self) { _ = try await Files.create(cut) }
      let (one, other) = try connectedPair()
      await #expect(throws: NULByteError.self) { _ = try await one.sendFile(cut) }
      await one.close()
      await other.close()
      await #expect(throws: NULByteError.self) { _ = try await UnixListener.bind(path: cut) }
      await #expect(throws: NULByteError.self) {
        _ = try await UnixStream.connect(path: cut)
      }
      #expect(try await Files.read(short) == [1])
      #expect(self.names(in: directory) == [[UInt8]("file")])
    }
  }

  @Test func `A host with a NUL byte is no host`() throws {
    try onNetworkLoop {
      for host in ["localhost\0.bank.example", "127.0.0.1\0x", "::1\0x", "\0"] {
        await #expect(throws: ResolveError.self) {
          _ = try await TCPStream.connect(to: host, port: 80)
        }
        #expect(throws: ResolveError.self) { _ = try SocketAddress(ip: host, port: 80) }
      }
    }
  }

  // MARK: Bytes that are not UTF-8

  @Test func `Inherited variables reach a child byte for byte`() throws {
    let value = Self.odd.map { CChar(bitPattern: $0) } + [0]
    setenv("ASYNCIO_ODD_VARIABLE", value, 1)
    defer { unsetenv("ASYNCIO_ODD_VARIABLE") }
    try onNetworkLoop {
      let output = try await Subprocess.shell("printf %s \"$ASYNCIO_ODD_VARIABLE\"")
      #expect(output.standardOutput == Self.odd)
      let changed = try await Subprocess.shell(
        "printf '%s,%s' \"$ASYNCIO_ODD_VARIABLE\" \"$A\"",
        environment: .inherit.updating(["ASYNCIO_ODD_VARIABLE": nil, "A": "ü"]))
      #expect(changed.outputText == ",ü")
    }
  }

  @Test func `Files of any name are written, read, replaced through links, and sent`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let file = self.path(Self.odd, in: directory)
      try await Files.write([1, 2, 3], to: file)
      #expect(try await Files.read(file) == [1, 2, 3])
      #expect(self.names(in: directory) == [Self.odd])
      let link = directory.appending("link")
      file.withPlatformString { target in _ = symlink(target, link.string) }
      try await Files.replace(link, with: [4, 5])
      #expect(try await Files.read(file) == [4, 5])
      #expect(self.names(in: directory) == [[UInt8]("link"), Self.odd])
      let (one, other) = try connectedPair()
      #expect(try await one.sendFile(file) == 2)
      #expect(try await other.readExactly(2) == [4, 5])
      await one.close()
      await other.close()
    }
  }

  @Test func `A child runs in a directory of any name`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let odd = self.path(Self.odd, in: directory)
      odd.withPlatformString { _ = mkdir($0, 0o755) }
      let output = try await Subprocess.run(.name("pwd"), workingDirectory: odd)
      #expect(output.standardOutput?.suffix(3) == Self.odd[...] + [10])
    }
  }

  @Test func `A Unix socket has a path of any bytes, or a name without a file`() throws {
    try withTemporaryDirectory { (directory) async throws in
      let name = "\0asyncio\0test \(UUID().uuidString)"
      let odd = self.path(Self.odd, in: directory)
      for isAbstract in [false, true] {
        let listener =
          isAbstract
          ? try await UnixListener.bind(path: name) : try await UnixListener.bind(path: odd)
        let serving = createTask { try await listener.serve { try await $0.write("hello") } }
        let client =
          isAbstract
          ? try await UnixStream.connect(path: name) : try await UnixStream.connect(path: odd)
        #expect(try await client.readToEnd(limit: 10).text == "hello")
        await client.close()
        serving.cancel()
        _ = await serving.result
      }
      #expect(self.names(in: directory).isEmpty)
      #expect("\(try SocketAddress(unixPath: "\0name"))" == "@name")
      let empty = #expect(throws: IOError.self) { try SocketAddress(unixPath: "") }
      #expect(empty?.errno == EINVAL)
      let long = String(repeating: "a", count: 108)
      #expect(throws: IOError.self) { try SocketAddress(unixPath: long) }
      #expect(throws: Never.self) { try SocketAddress(unixPath: "\0" + long.dropLast()) }
    }
  }
}
