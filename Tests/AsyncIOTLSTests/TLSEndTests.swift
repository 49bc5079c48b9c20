// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Testing

/// How TLS connections break and end.
@Suite struct TLSEndTests {
  private let certificates = Certificates.shared

  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
  }

  @Test func `tls-013 tls-021: A handshake that is cancelled closes the connection`() throws {
    try onNetworkLoop {
      let (one, other) = try UnixStream.pair()
      let client = certificates.client
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(50)) {
          _ = try await TLSStream.client(over: one, host: "localhost", configuration: client)
        }
      }
      #expect(one.isClosed)
      _ = try? await other.readToEnd(limit: 10_000)
      #expect(other.isAtEnd)
    }
  }

  @Test func `tls-014: Garbage is an error of the read, and closing works`() throws {
    try onNetworkLoop {
      let (client, server, raw) = try await rawPair()
      try await raw.write("this is no record of TLS at all")
      let error = await #expect(throws: TLSError.self) { _ = try await client.read() }
      #expect(error?.code == .protocolViolation)
      await #expect(throws: TLSError.self) { _ = try await client.read() }
      await client.close()
      await server.close()
    }
  }

  @Test func `An end without a farewell is an error`() throws {
    try onNetworkLoop {
      let (client, server, raw) = try await rawPair()
      try await server.write("part")
      try await raw.finishWriting()
      #expect(try await client.readExactly(4).text == "part")
      let error = await #expect(throws: TLSError.self) { _ = try await client.read() }
      #expect(error?.code == .truncated)
      await client.close()
    }
  }

  @Test func `tls-015: TLS inside TLS`() throws {
    try onNetworkLoop {
      let (server, client) = (certificates.server(), certificates.client)
      let sent = Self.bytes(300_000)
      _ = try await gather(0..<5) { _ in
        let (one, other) = try UnixStream.pair()
        _ = try await gather(
          {
            let outer = try await TLSStream.server(over: one, configuration: server)
            let inner = try await TLSStream.server(over: outer, configuration: server)
            for try await piece in inner.chunks { try await inner.write(piece) }
            await inner.close()
          },
          {
            let outer = try await TLSStream.client(
              over: other, host: "localhost", configuration: client)
            let inner = try await TLSStream.client(
              over: outer, host: "localhost", configuration: client)
            let (_, echoed) = try await gather(
              {
                try await inner.write(sent); try await inner.finishWriting()
              },
              { try await inner.readToEnd(limit: 1 << 20) })
            #expect(echoed == sent)
            await inner.close()
          })
      }
    }
  }

  @Test func `tls-016 tls-018: After the peer's farewell this side may go on writing`() throws {
    try onNetworkLoop {
      let sent = Self.bytes(4 << 20)
      try await withServer(
        certificates.server(),
        { stream in
          try await stream.finishWriting()
          #expect(try await stream.readToEnd(limit: 8 << 20) == sent)
        }
      ) { port in
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: certificates.client)
        #expect(try await stream.read().isEmpty)
        try await stream.write(sent)
        await stream.close()
      }
    }
  }

  @Test func `tls-019: What came before the end is delivered, however late it is read`() throws {
    try onNetworkLoop {
      try await withServer(
        certificates.server(), { stream in try await stream.write("the last words") }
      ) {
        port in
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: certificates.client)
        try await sleep(for: .milliseconds(30))
        #expect(try await stream.readToEnd(limit: 100).text == "the last words")
        await stream.close()
      }
    }
  }

  @Test func `tls-022: After close nothing is read or written, and asking is harmless`() throws {
    try onNetworkLoop {
      try await withServer(certificates.server(), echo) { port in
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: certificates.client)
        await stream.close()
        await #expect(throws: StreamClosedError.self) { try await stream.write("x") }
        await #expect(throws: StreamClosedError.self) { _ = try await stream.read() }
        #expect(stream.version == "TLSv1.3")
        #expect(stream.isClosed)
      }
    }
  }

  @Test func `What a handler has written reaches its client, also when the handler is cancelled`()
    throws
  {
    try onNetworkLoop {
      let answer = Self.bytes(200_000)
      let listener = try await TLSListener.bind(
        host: "127.0.0.1", port: 0, configuration: certificates.server())
      let serving = createTask {
        try await listener.serve { stream in
          _ = try await stream.readLine()
          try await stream.write(answer)
          try await sleep(for: .seconds(3600))
        }
      }
      let stream = try await TLSStream.connect(
        to: "localhost", port: listener.localAddress.port, configuration: certificates.client)
      try await stream.write("please\n")
      let first = try await stream.readExactly(1000)
      listener.stop()
      let rest = try await stream.readToEnd(limit: 1 << 20)
      #expect(first + rest == answer)
      await stream.close()
      try await serving.value
    }
  }

  @Test func `A reader that is cancelled takes no record away from a writer`() throws {
    try onNetworkLoop {
      try await withServer(certificates.server(), echo) { port in
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: certificates.client)
        let sent = Self.bytes(1 << 20)
        let writing = createTask {
          for start in stride(from: 0, to: sent.count, by: 4096) {
            try await stream.write(Array(sent[start..<(start + 4096)]))
          }
        }
        var (received, reads): ([UInt8], Int) = ([], 0)
        while received.count < sent.count {
          // Many reads are cancelled; none may cost a byte, in either direction.
          let piece = try await moveOn(after: .microseconds(reads % 300)) {
            try await stream.read()
          }
          received += piece ?? []
          reads += 1
        }
        #expect(received == sent)
        try await writing.value
        await stream.close()
      }
    }
  }

  @Test func `A file that is cancelled on its way through TLS says how much has gone`() throws {
    try onNetworkLoop {
      let (client, server, raw) = try await rawPair()
      let path = certificates.path("large")
      try await Files.write([UInt8](repeating: 1, count: 8 << 20), to: .init(path))
      let sending = createTask { try await server.sendFile(.init(path)) }
      _ = try await client.readExactly(1000)
      try await sleep(for: .milliseconds(20))
      sending.cancel()
      let error = await #expect(throws: IncompleteWriteError.self) { _ = try await sending.value }
      #expect((error?.written ?? 0) > 0)
      await #expect(throws: (any Error).self) { try await server.write("x") }
      await client.close()
      raw.abort()
    }
  }

  @Test func `B86: A peer that does not read holds up the farewell for a limited time only`() throws
  {
    try onNetworkLoop {
      let (server, raw) = try UnixStream.pair()
      var settings = certificates.client
      settings.closeTimeout = .milliseconds(50)
      let client = settings
      let serverSettings = certificates.server()
      let accepting = createTask {
        try await TLSStream.server(over: server, configuration: serverSettings)
      }
      let stream = try await TLSStream.client(over: raw, host: "localhost", configuration: client)
      let peer = try await accepting.value
      let writing = createTask { try await stream.write(Self.bytes(5_000_000)) }
      try await sleep(for: .milliseconds(20))
      writing.cancel()
      _ = await writing.result
      await stream.close()
      #expect(stream.isClosed)
      peer.abort()
    }
  }

  /// A client, its server, and the socket below the server.
  private func rawPair() async throws -> (client: TLSStream, server: TLSStream, raw: UnixStream) {
    let (one, other) = try UnixStream.pair()
    let serverSettings = certificates.server()
    let accepting = createTask {
      try await TLSStream.server(over: one, configuration: serverSettings)
    }
    let client = try await TLSStream.client(
      over: other, host: "localhost", configuration: certificates.client)
    return (client, try await accepting.value, one)
  }
}
