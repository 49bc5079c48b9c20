// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct UDPTests {
  @Test(arguments: ["127.0.0.1", "::1"])
  func `datagram-001 datagram-011: A question with its sender, an answer to it`(host: String) throws
  {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: host, port: 0)
      let client = try await UDPSocket.connect(to: host, port: server.localAddress.port)
      #expect(client.remoteAddress == server.localAddress)
      try await client.send(.init("xxx"))
      let question = try await server.receive()
      #expect(question.bytes.text == "xxx")
      #expect(question.sender == client.localAddress)
      try await server.send(.init("resp:") + question.bytes, to: question.sender)
      #expect(try await client.receive().bytes.text == "resp:xxx")
      server.close()
      client.close()
    }
  }

  @Test
  func
    `datagram-003 datagram-012: That nobody listens is an error of a call, and the socket stays usable`()
    throws
  {
    try onNetworkLoop {
      let gone = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let address = gone.localAddress
      gone.close()
      let client = try await UDPSocket.connect(to: "127.0.0.1", port: address.port)
      try await client.send(.init("anybody?"))
      let error = await #expect(throws: IOError.self) { _ = try await client.receive() }
      #expect(error?.errno == ECONNREFUSED)
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: address.port)
      try await client.send(.init("now"))
      #expect(try await server.receive().bytes.text == "now")
      // One that is not connected is not told.
      let other = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      try await other.send(.init("x"), to: try SocketAddress(ip: "127.0.0.1", port: 1))
      try await server.send(.init("y"), to: other.localAddress)
      #expect(try await other.receive().bytes.text == "y")
    }
  }

  @Test func `datagram-007: Families that do not fit are refused`() throws {
    try onNetworkLoop {
      await #expect(throws: ResolveError.self) {
        _ = try await UDPSocket.connect(
          to: "127.0.0.1", port: 9, from: try SocketAddress(ip: "::1", port: 0))
      }
    }
  }

  @Test func `datagram-015 B87: An empty datagram arrives, one that is too long is an error`()
    throws
  {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let client = try await UDPSocket.connect(to: "127.0.0.1", port: server.localAddress.port)
      try await client.send([])
      #expect(try await server.receive().bytes.isEmpty)
      let error = await #expect(throws: IOError.self) {
        try await client.send([UInt8](repeating: 0, count: 70_000))
      }
      #expect(error?.errno == EMSGSIZE)
      try await client.send([1])
      #expect(try await server.receive().bytes == [1])
    }
  }

  @Test func `What is longer than the limit is cut off, and that is told`() throws {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let client = try await UDPSocket.connect(to: "127.0.0.1", port: server.localAddress.port)
      try await client.send([UInt8](repeating: 7, count: 100))
      let datagram = try await server.receive(upTo: 10)
      #expect(datagram.isTruncated && datagram.bytes.count == 10 && datagram.fullCount == 100)
      try await client.send([UInt8](repeating: 7, count: 100))
      let batch = try await server.receive(maxCount: 4, upTo: 10)
      #expect(batch.map(\.isTruncated) == [true])
    }
  }

  @Test func `Many datagrams go out and come in with few calls`() throws {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let client = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let receiver = server.localAddress
      try await client.send(contentsOf: (0..<50).map { (bytes: [UInt8($0)], receiver: receiver) })
      var received: [UInt8] = []
      while received.count < 50 {
        let batch = try await server.receive(maxCount: 64)
        #expect(batch.allSatisfy { $0.sender == client.localAddress && !$0.isTruncated })
        received += batch.flatMap(\.bytes)
      }
      #expect(received == (0..<50).map { UInt8($0) })
    }
  }

  @Test
  func
    `datagram-014 datagram-016 datagram-018: Sends that wait go out whole and in order; after close they fail`()
    throws
  {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let client = try await UDPSocket.connect(to: "127.0.0.1", port: server.localAddress.port)
      let sending = (0..<20).map { index in
        createTask { try await client.send([UInt8(index), UInt8(index)]) }
      }
      for index in 0..<20 {
        #expect(try await server.receive().bytes == [UInt8(index), UInt8(index)])
      }
      for task in sending { try await task.value }
      let waiting = createTask { try await client.receive() }
      await settle()
      client.close()
      client.close()
      await #expect(throws: StreamClosedError.self) { _ = try await waiting.value }
      await #expect(throws: StreamClosedError.self) { try await client.send([1]) }
    }
  }

  @Test func `A cancelled receive takes nothing away, and two at once are refused`() throws {
    try onNetworkLoop {
      let server = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
      let client = try await UDPSocket.connect(to: "127.0.0.1", port: server.localAddress.port)
      let waiting = createTask { try await server.receive() }
      await settle()
      await #expect(throws: StreamBusyError.self) { _ = try await server.receive() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
      try await client.send([5])
      #expect(try await server.receive().bytes == [5])
    }
  }
}
