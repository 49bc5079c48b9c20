// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What a ring does for sockets that readiness does not: it brings, it accepts and it holds memory.
@Suite(.enabled(if: EventLoop.obstacleToRing == nil, "there is no io_uring here"))
struct RingSocketTests {
  private func onRing<Success: Sendable>(
    _ body: sending @escaping @isolated(any) () async throws -> Success
  ) throws -> Success {
    let body = UncheckedSendable(body)
    return try EventLoop.run(.init(backend: .ioUring, mode: .scoped)) {
      try await withTimeout(.seconds(60)) { try await body.value() }
    }
  }

  @Test func `What comes while nobody reads is kept up to a limit, and then held back`() throws {
    try onRing {
      let pair = try await TCPPair()
      // Asked once, the ring goes on.
      try await pair.client.write("first")
      #expect(try await pair.server.read().text == "first")
      let writer = createTask {
        try await pair.client.write([UInt8](repeating: 3, count: 32 << 20))
        await pair.client.close()
      }
      let socket = try #require(pair.server.direct)
      let inbox = try #require(socket.inbox)
      try await until { inbox.withLock { $0.byteCount } >= 65536 }
      // What the writer has too much of waits on its side.
      await untilWaiting(for: .writable)
      await yields(1_000)
      #expect(inbox.withLock { $0.byteCount } < 1 << 20)
      #expect(try await pair.server.readToEnd(limit: 64 << 20).count == 32 << 20)
      try await writer.value
      await pair.server.close()
    }
  }

  @Test func `A task on another thread reads and writes what a ring brings and takes`() throws {
    try onRing {
      let pair = try await TCPPair()
      let count = 2000
      let echo = try onLoopOfItsOwnThread {
        try EventLoop.run(.init(mode: .scoped)) {
          while true {
            let bytes = try await pair.server.read()
            if bytes.isEmpty { return await pair.server.close() }
            try await pair.server.write(bytes)
          }
        }
      }
      for number in 0..<count {
        try await pair.client.write("message \(number)\n")
        #expect(try await pair.client.readLine().text == "message \(number)\n")
      }
      try await pair.client.finishWriting()
      #expect(try await pair.client.read().isEmpty)
      try echo.wait()
      await pair.client.close()
    }
  }

  @Test func `Closed by another thread, waits end, and the peer sees the end`() throws {
    try onRing {
      for _ in 0..<50 {
        let pair = try await TCPPair()
        let reader = createTask { try await pair.server.read() }
        let writer = createTask {
          try await pair.server.write([UInt8](repeating: 0, count: 8 << 20))
        }
        for _ in 0..<20 { await Task.yield() }
        Foundation.Thread.detachNewThread { pair.server.abort() }
        await #expect(throws: StreamClosedError.self) { _ = try await reader.value }
        await #expect(throws: IncompleteWriteError.self) { try await writer.value }
        await #expect(throws: IOError.self) { _ = try await pair.client.readToEnd(limit: 16 << 20) }
        await pair.client.close()
      }
    }
  }

  @Test func `Bytes sent without a copy are those of the call, whatever becomes of the array`()
    throws
  {
    try onRing {
      let pair = try await TCPPair()
      let socket = try #require(pair.client.direct)
      // Here the kernel copies, so it is not done by itself.
      #expect(!socket.omitsCopies)
      socket.omitsCopies = true
      var bytes = [UInt8](repeating: 1, count: 4 << 20)
      let reader = createTask { try await pair.server.readExactly(8 << 20) }
      try await pair.client.write(bytes)
      for index in bytes.indices { bytes[index] = 2 }
      try await pair.client.write(bytes)
      bytes = []
      let all = try await reader.value
      #expect(all[..<(4 << 20)].allSatisfy { $0 == 1 })
      #expect(all[(4 << 20)...].allSatisfy { $0 == 2 })
      // The kernel has said that it did copy.
      try await until { !socket.omitsCopies }
      await pair.client.close()
      await pair.server.close()
    }
  }

  @Test func `A write without a copy that is cancelled says how far it came`() throws {
    try onRing {
      let pair = try await TCPPair()
      pair.client.direct?.omitsCopies = true
      let writer = createTask {
        try await pair.client.write([UInt8](repeating: 5, count: 64 << 20))
      }
      await untilWaiting(for: .writable)
      writer.cancel()
      await #expect(throws: IncompleteWriteError.self) { try await writer.value }
      pair.client.abort()
      pair.server.abort()
    }
  }

  @Test func `Where a socket cannot do without a copy it is made`() throws {
    try onRing {
      let (one, other) = try UnixStream.pair()
      one.direct?.omitsCopies = true
      let reader = createTask { try await other.readExactly(1 << 20) }
      try await one.write([UInt8](repeating: 6, count: 1 << 20))
      #expect(try await reader.value.allSatisfy { $0 == 6 })
      #expect(one.direct?.omitsCopies == false)
      await one.close()
      await other.close()
    }
  }

  @Test func `Who was accepted but not served is told so when the listener ends`() throws {
    try onRing {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let address = listener.localAddress
      let served = AsyncEvent()
      let serving = createTask {
        try await listener.serve(maxConnections: 1) { stream in
          served.set()
          _ = try await stream.read()
        }
      }
      let first = try await TCPStream.connect(to: address)
      try await served.wait()
      var others: [TCPStream] = []
      for _ in 0..<20 { others.append(try await TCPStream.connect(to: address)) }
      for _ in 0..<20 { await Task.yield() }
      await listener.close()
      try await serving.value
      for other in others {
        await #expect(throws: IOError.self) { _ = try await other.read() }
        await other.close()
      }
      await first.close()
    }
  }

  @Test func `Batches of datagrams are waited for as often as they come`() throws {
    try onRing {
      let receiver = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let sender = try await UDPSocket.connect(to: "127.0.0.1", port: receiver.localAddress.port)
      for number in 0..<10 {
        let waiting = createTask { try await receiver.receive(maxCount: 10) }
        for _ in 0..<5 { await Task.yield() }
        try await sender.send([UInt8(number)])
        #expect(try await waiting.value.map(\.bytes) == [[UInt8(number)]])
      }
      receiver.close()
      sender.close()
    }
  }

  @Test func `A file goes to a peer that makes the sender wait again and again`() throws {
    let path = FilePath("/tmp/asyncio-ring-sendfile-\(getpid())")
    defer { unlink(path.string) }
    try onRing {
      try await Files.write([UInt8](repeating: 9, count: 24 << 20), to: path)
      let pair = try await TCPPair()
      let sending = createTask { try await pair.client.sendFile(path) }
      var count = 0
      while count < 24 << 20 {
        count += try await pair.server.read().count
        if count % 7 == 0 { await yields(200) }
      }
      #expect(try await sending.value == 24 << 20)
      await pair.client.close()
      await pair.server.close()
    }
  }

  @Test
  func `A number that is used again at once, before the loop has looked, brings nothing astray`()
    throws
  {
    try onRing {
      for _ in 0..<20 {
        // All in one batch of steps: asked, closed, and the number given to another.
        let (one, other) = try UnixStream.pair()
        let reader = createTask { try await one.read() }
        await Task.yield()
        one.abort()
        let (next, peer) = try UnixStream.pair()
        try await peer.write("for the next")
        #expect(try await next.read().text == "for the next")
        await #expect(throws: StreamClosedError.self) { _ = try await reader.value }
        for stream in [other, next, peer] { await stream.close() }
      }
    }
  }

  @Test func `The first thing a loop does may be to close what it has begun to read`() throws {
    try EventLoop.run(.init(backend: .ioUring, mode: .scoped)) {
      let (one, other) = try UnixStream.pair()
      let reader = createTask { try await one.read() }
      await Task.yield()
      one.abort()
      let (next, peer) = try UnixStream.pair()
      try await peer.write("x")
      #expect(try await next.read().text == "x")
      await #expect(throws: StreamClosedError.self) { _ = try await reader.value }
      for stream in [other, next, peer] { await stream.close() }
    }
  }

  @Test func `Virtual time does not pass while there are bytes to read`() throws {
    try EventLoop.run(.init(backend: .ioUring, mode: .scoped, clock: .virtual)) {
      let pair = try await TCPPair()
      let start = LoopClock.Instant.now
      let writer = createTask { try await pair.client.write([UInt8](repeating: 1, count: 6 << 20)) }
      let bytes = try await withTimeout(.milliseconds(1)) {
        try await pair.server.readExactly(6 << 20)
      }
      #expect(bytes.count == 6 << 20)
      try await writer.value
      #expect(LoopClock.Instant.now == start)
      pair.client.abort()
      pair.server.abort()
    }
  }

  @Test func `An address is free as soon as the socket that had it is closed`() throws {
    try onRing {
      var port = 0
      for _ in 0..<20 {
        let socket = try await UDPSocket.bind(host: "127.0.0.1", port: port)
        port = socket.localAddress.port
        let waiting = createTask { try await socket.receive() }
        for _ in 0..<3 { await Task.yield() }
        socket.close()
        let again = try await UDPSocket.bind(host: "127.0.0.1", port: port)
        again.close()
        await #expect(throws: StreamClosedError.self) { _ = try await waiting.value }
      }
    }
  }

  @Test func `Beyond the limit nobody is accepted, however many come at once`() throws {
    try onRing {
      let (socket, address) = try Self.listeningSocket(backlog: 64)
      let core = ListenerCore([socket], subject: "a listener", isTCP: true)
      let served = Guarded(0)
      let serving = createTask {
        try await core.serve(5, on: nil, { try TCPStream($0, .init()) }) { stream in
          served.withLock { $0 += 1 }
          _ = try await stream.read()
        }
      }
      var clients: [TCPStream] = []
      for _ in 0..<50 { clients.append(try await TCPStream.connect(to: address)) }
      for _ in 0..<50 { await Task.yield() }
      #expect(served.withLock { $0 } == 5)
      let unserved = socket.inbox?.withLock { $0.takeAllConnections() } ?? []
      #expect(unserved.count <= 1)
      for connection in unserved { Glibc.close(connection) }
      for client in clients { await client.close() }
      core.stop(grace: .zero)
      try await serving.value
    }
  }

  @Test
  func `A limit is one for all sockets of a listener, and holds for one that is idle at first`()
    throws
  {
    try onRing {
      let sockets = try (0..<2).map { _ in try Self.listeningSocket(backlog: 64) }
      let core = ListenerCore(sockets.map(\.socket), subject: "a listener", isTCP: true)
      let served = Guarded(0)
      let serving = createTask {
        try await core.serve(200, on: nil, { try TCPStream($0, .init()) }) { stream in
          served.withLock { $0 += 1 }
          _ = try await stream.read()
        }
      }
      var clients: [TCPStream] = []
      for _ in 0..<150 { clients.append(try await TCPStream.connect(to: sockets[0].address)) }
      for _ in 0..<110 { clients.append(try await TCPStream.connect(to: sockets[1].address)) }
      for _ in 0..<50 { await Task.yield() }
      #expect(served.withLock { $0 } == 200)
      let unserved = sockets.flatMap { socket, _ in
        socket.inbox?.withLock { $0.takeAllConnections() } ?? []
      }
      #expect(unserved.count <= 2)
      for connection in unserved { Glibc.close(connection) }
      for client in clients { await client.close() }
      core.stop(grace: .zero)
      try await serving.value
    }
  }

  private static func listeningSocket(
    backlog: Int
  ) throws -> (socket: ListeningSocket, address: SocketAddress) {
    let descriptor = try Sockets.make(.ipv4, isStream: true)
    try Sockets.bind(descriptor, to: try SocketAddress(ip: "127.0.0.1", port: 0))
    try Sockets.listen(descriptor, backlog: backlog)
    let address = try #require(try Sockets.localAddress(descriptor))
    return (try ListeningSocket(descriptor, on: .ambient, backlog: backlog), address)
  }

  @Test func `What is waited for in a request is told as on any other loop`() throws {
    try onRing {
      let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let waiting = createTask(name: "receiver") { try await socket.receive() }
      for _ in 0..<5 { await Task.yield() }
      let task = EventLoop.current?.tasks.first { $0.name == "receiver" }
      #expect(task?.waitsFor == .readable)
      socket.close()
      await #expect(throws: StreamClosedError.self) { _ = try await waiting.value }
    }
  }

  @Test func `A datagram is received or left, whenever the receiver is cancelled`() throws {
    try onRing {
      let receiver = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let sender = try await UDPSocket.connect(to: "127.0.0.1", port: receiver.localAddress.port)
      var missing = 0
      for number in 0..<500 {
        let waiting = createTask { try await receiver.receive() }
        for _ in 0..<(number % 4) { await Task.yield() }
        try await sender.send(Array("\(number)".utf8))
        for _ in 0..<(number % 3) { await Task.yield() }
        waiting.cancel()
        do {
          #expect(try await waiting.value.bytes.text == "\(number)")
        } catch is CancellationError {
          missing += 1
          #expect(try await receiver.receive().bytes.text == "\(number)")
        }
      }
      #expect(missing < 500)
      receiver.close()
      sender.close()
    }
  }

  @Test
  func `A receiver whose socket is closed, also by another thread, or whose loop ends, is told`()
    throws
  {
    try onRing {
      for isElsewhere in [false, true] {
        let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
        let waiting = createTask { try await socket.receive() }
        for _ in 0..<5 { await Task.yield() }
        if isElsewhere {
          Foundation.Thread.detachNewThread { socket.close() }
        } else {
          socket.close()
        }
        await #expect(throws: StreamClosedError.self) { _ = try await waiting.value }
      }
    }
    let outcome = Guarded<(any Error)?>(nil)
    let waiting = Guarded<OtherThread?>(nil)
    let other = Guarded<EventLoop?>(nil)
    try onRing {
      let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let isWaiting = AsyncEvent()
      let thread = try onLoopOfItsOwnThread {
        try EventLoop.run(.init(mode: .scoped)) {
          do {
            other.withLock { $0 = EventLoop.current }
            isWaiting.set()
            _ = try await socket.receive()
          } catch {
            outcome.withLock { $0 = error }
          }
        }
      }
      waiting.withLock { $0 = thread }
      try await isWaiting.wait()
      try await until {
        other.withLock { $0 }?.tasks.contains { $0.waitsFor == .readable } == true
      }
    }
    try waiting.withLock { $0 }?.wait()
    #expect(outcome.withLock { $0 } is EventLoopError)
  }
}
