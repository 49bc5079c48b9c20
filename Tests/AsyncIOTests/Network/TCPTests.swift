// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct TCPTests {
  /// Serves with `handler` while `body` runs.
  private func withServer(
    maxConnections: Int = 100, _ handler: @escaping @Sendable (TCPStream) async throws -> Void,
    _ body: @escaping @Sendable (TCPListener) async throws -> Void
  ) throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await listener.serve(maxConnections: maxConnections, handler) }
      await settle()
      try await body(listener)
      await listener.close()
      try await serving.value
    }
  }

  private static func echo(_ stream: TCPStream) async throws {
    for try await piece in stream.chunks { try await stream.write(piece) }
  }

  private static func connect(_ listener: TCPListener) async throws -> TCPStream {
    try await TCPStream.connect(to: "127.0.0.1", port: listener.localAddress.port)
  }

  @Test func `server-001 socket-015: A server of lines answers, and stops cleanly`() throws {
    try withServer({ stream in
      for try await line in stream.lines { try await stream.write(line) }
    }) { (listener) async throws in
      let client = try await Self.connect(listener)
      try await client.write("hello\n")
      #expect(try await client.readLine().text == "hello\n")
      await client.close()
    }
  }

  @Test func `server-008: Both sides know their addresses`() throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "0.0.0.0", port: 0)
      #expect(listener.localAddresses.count == 1)
      #expect(listener.localAddress.port > 0)
      let seen = AsyncQueue<(SocketAddress, SocketAddress)>()
      let serving = createTask {
        try await listener.serve { stream in
          try await seen.put((stream.localAddress, stream.remoteAddress))
          #expect(try await stream.readExactly(3).text == "abc")
        }
      }
      let client = try await Self.connect(listener)
      try await client.write("abc")
      let (local, remote) = try await seen.get()
      #expect(local == client.remoteAddress && remote == client.localAddress)
      #expect(try await client.read().isEmpty)
      await client.close()
      await listener.close()
      try await serving.value
    }
  }

  @Test func `socket-036: Small writes leave at once`() throws {
    try withServer({ stream in #expect(stream.noDelay) }) { (listener) async throws in
      let client = try await Self.connect(listener)
      #expect(client.noDelay)
      #expect(try await client.read().isEmpty)
      await client.close()
    }
  }

  @Test func `server-003: Cancelled, serving cancels its handlers, awaits them and throws`() throws
  {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      #expect(!listener.isServing)
      let ended = Guarded(false)
      let serving = createTask {
        try await listener.serve { stream in
          defer { ended.withLock { $0 = true } }
          try await stream.write("hello")
          try await sleep(for: .seconds(3600))
        }
      }
      let client = try await Self.connect(listener)
      #expect(try await client.readExactly(5).text == "hello")
      #expect(listener.isServing)
      serving.cancel()
      await #expect(throws: CancellationError.self) { try await serving.value }
      #expect(ended.withLock { $0 })
      #expect(!listener.isServing)
      #expect(try await client.read().isEmpty)
      await #expect(throws: StreamClosedError.self) { try await listener.serve { _ in } }
      await client.close()
    }
  }

  @Test
  func
    `server-004 B90: A graceful stop lets connections finish, and cancels them when the time is up`()
    throws
  {
    try withServer({ stream in
      let request = try await stream.readLine()
      try await stream.write(request)
    }) { (listener) async throws in
      let quick = try await Self.connect(listener)
      let stuck = try await Self.connect(listener)
      try await quick.write("a")
      // Both handlers.
      await untilWaiting(for: .readable, count: 2)
      let closing = createTask { await listener.close(grace: .milliseconds(300)) }
      // The listening socket is closed, the connections are not.
      try await until { try Self.isRefused(listener.localAddress) }
      await #expect(throws: ConnectError.self) { try await Self.connect(listener) }
      try await quick.write("nswer\n")
      #expect(try await quick.readToEnd(limit: 100).text == "answer\n")
      #expect(try await stuck.read().isEmpty)
      try await closing.value
      await listener.close()
      await quick.close()
      await stuck.close()
    }
  }

  @Test func `A second task cannot serve`() throws {
    try withServer(Self.echo) { (listener) async throws in
      await settle()
      await #expect(throws: StreamBusyError.self) { try await listener.serve { _ in } }
    }
  }

  @Test
  func
    `exceptionhandler-006 exceptionhandler-007: An error of a handler is logged once and ends its connection only`()
    throws
  {
    let log = try LogCapture.capture {
      try withServer({ stream in
        let line = try await stream.readLine()
        if line.text == "fail\n" { throw TestFailure("handler") }
        try await stream.write(line)
      }) { (listener) async throws in
        let bad = try await Self.connect(listener)
        try await bad.write("fail\n")
        #expect(try await bad.read().isEmpty)
        let good = try await Self.connect(listener)
        try await good.write("fine\n")
        #expect(try await good.readLine().text == "fine\n")
        await bad.close()
        await good.close()
      }
    }
    #expect(log.count { $0.contains("handler") } == 1)
  }

  @Test func `Beyond the limit of connections the others wait, and none is dropped`() throws {
    let gauge = ConcurrencyGauge()
    try withServer(
      maxConnections: 2,
      { stream in
        gauge.enter()
        defer { gauge.leave() }
        _ = try await stream.readLine()
        try await stream.write("done")
      }
    ) { (listener) async throws in
      let answers = try await gather(0..<10) { _ in
        let client = try await Self.connect(listener)
        try await until { gauge.peak == 2 }
        try await client.write("go\n")
        let answer = try await client.readToEnd(limit: 10).text
        await client.close()
        return answer
      }
      #expect(answers.allSatisfy { $0 == "done" })
    }
    #expect(gauge.peak == 2)
  }

  @Test func `A listener ends while it is at its limit of connections and others wait`() throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let isServed = AsyncEvent()
      let serving = createTask {
        try await listener.serve(maxConnections: 1) { stream in
          isServed.set()
          _ = try await stream.read()
        }
      }
      let first = try await TCPStream.connect(to: listener.localAddress)
      try await isServed.wait()
      let second = try await TCPStream.connect(to: listener.localAddress)
      for _ in 0..<20 { await Task.yield() }
      await listener.close(grace: .milliseconds(1))
      try await serving.value
      await first.close()
      await second.close()
    }
  }

  @Test func `server-012: An address that is taken is named in the error`() throws {
    try withServer(Self.echo) { (listener) async throws in
      let port = listener.localAddress.port
      let error = await #expect(throws: IOError.self) {
        try await TCPListener.bind(host: "127.0.0.1", port: port)
      }
      #expect(error?.errno == EADDRINUSE)
      #expect(error.map(String.init(describing:))?.contains("127.0.0.1:\(port)") == true)
    }
  }

  @Test func `server-019: An address of another machine cannot be listened at`() throws {
    try onNetworkLoop {
      let error = await #expect(throws: IOError.self) {
        try await TCPListener.bind(host: "192.0.2.1", port: 0)
      }
      #expect(error?.errno == EADDRNOTAVAIL)
      #expect(error.map(String.init(describing:))?.contains("192.0.2.1") == true)
    }
  }

  @Test func `server-013 server-016: Without a host both families are served at one port`() throws {
    try onNetworkLoop {
      for host in [nil, ""] as [String?] {
        let listener = try await TCPListener.bind(host: host, port: 0)
        let serving = createTask { try await listener.serve(Self.echo) }
        let ports = Set(listener.localAddresses.map(\.port))
        #expect(ports.count == 1)
        for address in listener.localAddresses {
          let host = address.family == .ipv4 ? "127.0.0.1" : "::1"
          let client = try await TCPStream.connect(to: host, port: address.port)
          try await client.write("x")
          #expect(try await client.read().text == "x")
          await client.close()
        }
        await listener.close()
        try await serving.value
      }
    }
  }

  @Test func `server-010: A port is shared only when that is asked for`() throws {
    try onNetworkLoop {
      let options = TCPListener.Options(reusePort: true)
      let first = try await TCPListener.bind(host: "127.0.0.1", port: 0, options: options)
      let second = try await TCPListener.bind(
        host: "127.0.0.1", port: first.localAddress.port, options: options)
      #expect(second.localAddress == first.localAddress)
      let alone = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      await #expect(throws: IOError.self) {
        try await TCPListener.bind(
          host: "127.0.0.1", port: alone.localAddress.port, options: options)
      }
      for listener in [first, second, alone] { await listener.close() }
    }
  }

  @Test func `server-015: After close nobody can connect`() throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      await listener.close()
      let error = await #expect(throws: ConnectError.self) { try await Self.connect(listener) }
      #expect(error?.errno == ECONNREFUSED)
    }
  }

  @Test func `server-011 server-023: Sockets of other code become listeners and streams`() throws {
    try onNetworkLoop {
      let raw = try Sockets.make(.ipv4, isStream: true)
      try Sockets.bind(raw, to: SocketAddress(ip: "127.0.0.1", port: 0))
      try Sockets.listen(raw, backlog: 5)
      let listener = try TCPListener(adopting: raw)
      let serving = createTask { try await listener.serve(Self.echo) }
      let socket = try Sockets.make(.ipv4, isStream: true)
      _ = try Sockets.connect(socket, to: listener.localAddress)
      try await EventLoop.current?.writable(socket)
      EventLoop.current?.closing(socket)
      let client = try TCPStream(adopting: socket)
      try await client.write("nine byte")
      #expect(try await client.readExactly(9).text == "nine byte")
      await client.close()
      await listener.close()
      try await serving.value
    }
  }

  @Test
  func
    `server-017 socket-023 datagram-005 unix-005: Sockets of the wrong kind are refused and stay open`()
    throws
  {
    try onNetworkLoop {
      let datagram = try Sockets.make(.ipv4, isStream: false)
      let stream = try Sockets.make(.ipv4, isStream: true)
      #expect(throws: IOError.self) { try TCPListener(adopting: datagram) }
      #expect(throws: IOError.self) { try TCPListener(adopting: stream) }
      #expect(throws: IOError.self) { try TCPStream(adopting: datagram) }
      #expect(throws: IOError.self) { try UnixStream(adopting: datagram) }
      #expect(throws: IOError.self) { try UDPSocket(adopting: stream) }
      #expect(throws: IOError.self) { try FileStream(adopting: 999_999) }
      for descriptor in [datagram, stream] { #expect(close(descriptor) == 0) }
    }
  }

  /// Whether no socket listens at an IPv4 address of this machine: a call that blocks, since that takes no time.
  private static func isRefused(_ address: SocketAddress) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    do {
      _ = try Sockets.connect(descriptor, to: address)
      return false
    } catch let error where error.errno == ECONNREFUSED {
      return true
    }
  }

  @Test func `socket-014: A port where nobody listens is named in the error`() throws {
    try onNetworkLoop {
      let error = await #expect(throws: ConnectError.self) {
        try await TCPStream.connect(to: "127.0.0.1", port: 1)
      }
      #expect(error?.errno == ECONNREFUSED)
      #expect(error.map(String.init(describing:))?.contains("127.0.0.1:1") == true)
    }
  }

  @Test func `socket-012 socket-021: A cancelled attempt leaves nothing behind`() throws {
    try onNetworkLoop {
      // A listener whose backlog is full answers no more: connecting hangs.
      let listener = try await TCPListener.bind(
        host: "127.0.0.1", port: 0, options: .init(backlog: 1))
      var waiting: [Task<TCPStream, any Error>] = []
      for _ in 0..<8 { waiting.append(createTask { try await Self.connect(listener) }) }
      // With a ring, the kernel makes the call.
      try await until {
        EventLoop.current?.tasks.contains {
          $0.state == .waiting && [.writable, .completion].contains($0.waitsFor)
        } ?? false
      }
      for task in waiting { task.cancel() }
      var failed = 0
      for task in waiting {
        switch await task.result {
        case .success(let stream): await stream.close()
        case .failure(let error):
          #expect(error is CancellationError)
          failed += 1
        }
      }
      #expect(failed > 0)
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(50)) {
          while true { _ = try await Self.connect(listener) }
        }
      }
      await listener.close()
    }
  }

  @Test func `socket-028: A connection may come from a given address`() throws {
    try withServer(Self.echo) { (listener) async throws in
      let free = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let local = free.localAddress
      let port = listener.localAddress.port
      let error = await #expect(throws: ConnectError.self) {
        try await TCPStream.connect(to: "127.0.0.1", port: port, from: local)
      }
      #expect(error.map(String.init(describing:))?.contains("\(local)") == true)
      await free.close()
      let client = try await TCPStream.connect(to: "127.0.0.1", port: port, from: local)
      #expect(client.localAddress == local)
      client.abort()
    }
  }

  @Test func `streams-048 server-020 B83: A peer that is gone before it is accepted stops nobody`()
    throws
  {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      for _ in 0..<20 { try await Self.connect(listener).abort() }
      let serving = createTask { try await listener.serve(Self.echo) }
      let client = try await Self.connect(listener)
      try await client.write("still here")
      #expect(try await client.read().text == "still here")
      await client.close()
      await listener.close()
      try await serving.value
    }
  }

  @Test func `Keep-alive settings reach the socket`() throws {
    try withServer(Self.echo) { (listener) async throws in
      let options = TCPStream.Options(noDelay: false, keepAlive: .init(idle: .seconds(33)))
      let client = try await TCPStream.connect(to: listener.localAddress, options: options)
      #expect(!client.noDelay)
      let idle = try client.withSocket {
        try Sockets.option($0, Int32(IPPROTO_TCP), TCP_KEEPIDLE)
      }
      #expect(idle == 33)
      await client.close()
    }
  }

  @Test func `server-009: Listening sockets are not for children, and need not be asked for`()
    throws
  {
    try withServer(Self.echo) { (listener) async throws in
      _ = listener
      let listening = (3..<256).filter { descriptor in
        guard fcntl(Int32(descriptor), F_GETFD) >= 0,
          (try? Sockets.isListening(Int32(descriptor))) == true
        else { return false }
        return fcntl(Int32(descriptor), F_GETFD) & FD_CLOEXEC == 0
      }
      #expect(listening.isEmpty)
    }
  }
}
