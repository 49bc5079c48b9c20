// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Catalogued behaviours of sockets, and of the waits for descriptors below them.
@Suite struct SocketBehaviourTests {
  private func loop() throws -> EventLoop { try #require(EventLoop.current) }

  private func socketPair() throws -> (Int32, Int32) { try Syscalls.socketPair() }

  @Test func `socket-001 socket-002: A descriptor is reported each time, and at its end`() throws {
    try onNetworkLoop {
      let loop = try self.loop()
      let (one, other) = try socketPair()
      try await loop.writable(one)
      for text in ["abc", "def"] {
        createTask { #expect(write(other, text, 3) == 3) }
        try await loop.readable(one)
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(read(one, &bytes, 10) == 3)
      }
      close(other)
      try await loop.readable(one)
      var byte: UInt8 = 0
      #expect(read(one, &byte, 1) == 0)
      loop.closing(one)
      close(one)
    }
  }

  @Test func `socket-003 socket-004: Directions are independent, and one waits for each`() throws {
    try onNetworkLoop {
      let loop = try self.loop()
      let (one, other) = try socketPair()
      let reading = createTask { try await loop.readable(one) }
      await settle()
      await #expect(throws: EventLoopError.self) { try await loop.readable(one) }
      try await loop.writable(one)
      // The report comes in the turn of the cancellation: nobody is left to be told.
      #expect(write(other, "x", 1) == 1)
      reading.cancel()
      await #expect(throws: CancellationError.self) { try await reading.value }
      try await loop.readable(one)
      for descriptor in [one, other] {
        loop.closing(descriptor)
        close(descriptor)
      }
    }
  }

  @Test
  func `socket-005: Neither a loop that has ended nor what is no descriptor can be waited for`()
    throws
  {
    let ended = try onNetworkLoop {
      let loop = try self.loop()
      await #expect(throws: EventLoopError.self) { try await loop.readable(999_999) }
      return loop
    }
    try onNetworkLoop { () async throws in
      await #expect(throws: EventLoopError.self) { try await ended.readable(0) }
      let (one, other) = try socketPair()
      #expect(throws: EventLoopError.self) { try WatchedDescriptor(one, on: ended) }
      close(other)
    }
  }

  @Test func `socket-006: A descriptor of an open stream is not for others to wait for`() throws {
    try onNetworkLoop {
      let loop = try self.loop()
      let (one, other) = try socketPair()
      let stream = try UnixStream(adopting: one)
      let error = await #expect(throws: EventLoopError.self) { try await loop.readable(one) }
      #expect(error?.code == .descriptorBusy)
      #expect(error.map(String.init(describing:))?.contains("open stream") == true)
      await stream.close()
      close(other)
    }
  }

  @Test func `socket-008: A whole exchange, in pieces of any size`() throws {
    try onNetworkLoop {
      let pair = try await TCPPair()
      try await pair.client.write("GET / HTTP/1.0\r\n\r\n")
      #expect(try await pair.server.readUntil("\r\n\r\n").text.hasPrefix("GET"))
      try await pair.server.write(["HTTP/1.0 200 OK\r\n", "\r\n", "body"].map { Array($0.utf8) })
      await pair.server.close()
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
      defer { memory.deallocate() }
      #expect(try await pair.client.read(into: memory) == 8)
      #expect(Array(memory).text == "HTTP/1.0")
      #expect(try await pair.client.readToEnd(limit: 100).text == " 200 OK\r\n\r\nbody")
      await pair.client.close()
    }
  }

  @Test func `socket-018: From an address of one family only that family is tried`() throws {
    try onNetworkLoop {
      let local = try SocketAddress(ip: "127.0.0.1", port: 0)
      let error = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: "localhost", port: 1, from: local)
      }
      #expect(error?.attempts.allSatisfy { $0.address.family == .ipv4 } == true)
      let none = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: "::1", port: 1, from: local)
      }
      #expect(none?.attempts.isEmpty == true)
    }
  }

  @Test func `socket-020: When all addresses fail the error has each of them`() throws {
    try onNetworkLoop {
      let addresses = try [1, 2].map { try SocketAddress(ip: "127.0.0.1", port: $0) }
      let error = await #expect(throws: ConnectError.self) {
        _ = try await TCPStream.connect(to: addresses, from: nil, .init(), "both")
      }
      #expect(error?.attempts.map(\.address) == addresses)
      let text = error.map(String.init(describing:)) ?? ""
      #expect(text.contains("127.0.0.1:1") && text.contains("127.0.0.1:2") && text.contains("both"))
    }
  }

  @Test func `debug-004: A socket that blocks is made not to when it is taken over`() throws {
    try onNetworkLoop {
      let (one, other) = try socketPair()
      #expect(fcntl(one, F_SETFL, 0) == 0)
      let stream = try UnixStream(adopting: one)
      #expect(fcntl(one, F_GETFL) & O_NONBLOCK != 0)
      await stream.close()
      close(other)
    }
  }

  @Test func `B80: Of two that are ready at once, the first may close the second`() throws {
    try onNetworkLoop {
      let (first, firstPeer) = try UnixStream.pair()
      let (second, secondPeer) = try UnixStream.pair()
      let one = createTask {
        _ = try await first.read()
        await second.close()
      }
      let two = createTask { try await second.read() }
      await settle()
      try await firstPeer.write("x")
      try await secondPeer.write("y")
      try await one.value
      switch await two.result {
      case .success(let bytes): #expect(bytes.text == "y")
      case .failure(let error): #expect(error is StreamClosedError)
      }
    }
  }

  @Test
  func
    `exceptionhandler-008: A handler that closes its connection and ends cancelled is not reported`()
    throws
  {
    let log = try LogCapture.capture {
      try onNetworkLoop {
        let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
        let serving = createTask {
          try await listener.serve { stream in
            await stream.close()
            throw CancellationError()
          }
        }
        let client = try await TCPStream.connect(to: listener.localAddress)
        _ = try? await client.read()
        await client.close()
        await listener.close()
        try await serving.value
      }
    }
    #expect(log.isEmpty)
  }

  @Test func `unix-006: A listening Unix socket of other code is taken over`() throws {
    try onNetworkLoop {
      let path = "/tmp/asyncio-\(UInt32.random(in: 0 ... .max)).sock"
      defer { unlink(path) }
      let raw = try Sockets.make(.unix, isStream: true)
      try Sockets.bind(raw, to: SocketAddress(unixPath: path))
      try Sockets.listen(raw, backlog: 5)
      let listener = try UnixListener(adopting: raw)
      let serving = createTask {
        try await listener.serve { stream in try await stream.write("hi") }
      }
      let client = try await UnixStream.connect(path: path)
      #expect(try await client.read().text == "hi")
      await client.close()
      await listener.close()
      try await serving.value
    }
  }

  @Test
  func `signal-006: A handler that the system refuses is an error, and others stay as they were`()
    throws
  {
    try onNetworkLoop {
      let loop = try self.loop()
      let arrivals = signals(.user2)
      #expect(throws: EventLoopError.self) {
        try SignalHub.shared.add([SIGUSR2, SIGKILL, SIGIO], on: loop) { _ in }
      }
      kill(getpid(), SIGUSR2)
      var iterator = arrivals.makeAsyncIterator()
      #expect(await iterator.next() == .user2)
    }
  }
}
