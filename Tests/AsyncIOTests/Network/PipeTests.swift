// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct PipeTests {
  @Test func `pipe-002 pipe-009: Bytes go through a pipe in order, and its end is seen`() throws {
    try onNetworkLoop {
      let (reader, writer) = try FileStream.pipe()
      try await writer.write("1")
      try await writer.write("")
      try await writer.write("2345")
      #expect(try await reader.readExactly(5).text == "12345")
      let big = [UInt8](repeating: 9, count: 500_000)
      let (_, received) = try await gather(
        {
          try await writer.write(big); await writer.close(); await writer.close()
        },
        { try await reader.readToEnd(limit: 1 << 20) })
      #expect(received == big)
      await reader.close()
    }
  }

  @Test
  func `pipe-003 pipe-010: A reader that has gone is an error of the next write, and no signal`()
    throws
  {
    try onNetworkLoop {
      let (reader, writer) = try FileStream.pipe()
      await reader.close()
      let error = await #expect(throws: IOError.self) { try await writer.write("x") }
      #expect(error?.errno == EPIPE)
      await #expect(throws: IOError.self) { try await writer.write([[1], [2]]) }
      await writer.close()
    }
  }

  @Test func `pipe-004: The two ends of a pseudo-terminal`() throws {
    try onNetworkLoop {
      var (master, slave): (Int32, Int32) = (-1, -1)
      try #require(openpty(&master, &slave, nil, nil, nil) == 0)
      var settings = termios()
      tcgetattr(slave, &settings)
      cfmakeraw(&settings)
      tcsetattr(slave, TCSANOW, &settings)
      let (one, other) = (try FileStream(adopting: master), try FileStream(adopting: slave))
      for piece in ["a", "bc", "def"] {
        try await one.write(piece)
        #expect(try await other.readExactly(piece.count).text == piece)
        try await other.write(piece)
        #expect(try await one.readExactly(piece.count).text == piece)
      }
      await other.close()
      await one.close()
    }
  }

  @Test func `pipe-006 pipe-008: Small reads reach the end; closing twice is harmless`() throws {
    try onNetworkLoop {
      let (reader, writer) = try FileStream.pipe()
      try await writer.write("four")
      await writer.close()
      var all = ""
      while case let piece = try await reader.read(upTo: 1), !piece.isEmpty { all += piece.text }
      #expect(all == "four")
      await reader.close()
      await reader.close()
    }
  }

  @Test func `A regular file is a stream too`() throws {
    try onNetworkLoop {
      var template = Array("/tmp/asyncio-XXXXXX\0".utf8CString)
      let descriptor = mkstemp(&template)
      try #require(descriptor >= 0)
      unlink(template)
      let reading = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
      let writer = try FileStream(adopting: descriptor)
      try await writer.write("line 1\nline 2\n")
      try await writer.write([.init("li"), .init("ne 3")])
      await writer.close()
      lseek(reading, 0, SEEK_SET)
      let reader = try FileStream(adopting: reading)
      var lines: [String] = []
      for try await line in reader.lines { lines.append(line.text) }
      #expect(lines == ["line 1\n", "line 2\n", "line 3"])
      await reader.close()
    }
  }
}
