// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Testing

@Suite struct TLSTests {
  private let certificates = Certificates.shared

  private static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
  }

  @Test func `tls-006: Verified, and what was agreed on can be read`() throws {
    try onNetworkLoop {
      var server = certificates.server()
      server.protocols = ["h2", "http/1.1"]
      var client = certificates.client
      client.protocols = ["http/1.1"]
      try await withServer(server, echo) { port in
        for host in ["localhost", "127.0.0.1"] {
          let stream = try await TLSStream.connect(to: host, port: port, configuration: client)
          try await stream.write("hello")
          #expect(try await stream.readExactly(5).text == "hello")
          #expect(stream.version == "TLSv1.3")
          #expect(stream.cipher.hasPrefix("TLS_"))
          #expect(stream.negotiatedProtocol == "http/1.1")
          #expect((stream.peerCertificate?.count ?? 0) > 200)
          await stream.close()
          await stream.close()
        }
      }
    }
  }

  @Test(arguments: ["expired", "self", "other"])
  func `A certificate that is expired, self-signed or for another host is refused`(name: String)
    throws
  {
    try onNetworkLoop {
      try await withServer(certificates.server(name), echo) { port in
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(
            to: "localhost", port: port, configuration: certificates.client)
        }
        #expect(error?.code == .certificate)
        #expect(error.map(String.init(describing:))?.contains("localhost:\(port)") == true)
        var lenient = certificates.client
        lenient.verification = .none
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: lenient)
        await stream.close()
        lenient.verification = .noHostname
        if name == "other" {
          try await TLSStream.connect(to: "localhost", port: port, configuration: lenient).close()
        }
      }
    }
  }

  @Test func `The roots of the system do not vouch for strangers`() throws {
    try onNetworkLoop {
      try await withServer(certificates.server(), echo) { port in
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(to: "localhost", port: port)
        }
        #expect(error?.code == .certificate)
      }
    }
  }

  @Test func `tls-001 tls-002: Many at once, a megabyte each way, by TCP and by Unix sockets`()
    throws
  {
    try onNetworkLoop {
      let sent = Self.bytes(1 << 20)
      let handler: @Sendable (TLSStream) async throws -> Void = { stream in
        #expect(try await stream.readExactly(1 << 20) == sent)
        try await stream.write("OK")
        #expect(try await stream.readExactly(1 << 20) == sent)
        try await stream.write("DONE")
      }
      let ask: @Sendable (TLSStream) async throws -> Void = { stream in
        try await stream.write(sent)
        #expect(try await stream.readExactly(2).text == "OK")
        try await stream.write(sent)
        #expect(try await stream.readExactly(4).text == "DONE")
        #expect(try await stream.read().isEmpty)
        await stream.close()
      }
      let client = certificates.client
      try await withServer(certificates.server(), handler) { port in
        _ = try await gather(0..<15) { _ in
          try await ask(
            try await TLSStream.connect(to: "localhost", port: port, configuration: client))
        }
      }
      let server = certificates.server()
      _ = try await gather(0..<10) { _ in
        let (one, other) = try UnixStream.pair()
        _ = try await gather(
          {
            let stream = try await TLSStream.server(over: one, configuration: server)
            try await handler(stream)
            await stream.close()
          },
          {
            try await ask(
              try await TLSStream.client(over: other, host: "localhost", configuration: client))
          })
      }
    }
  }

  @Test func `tls-003: A peer that never answers the handshake is given up`() throws {
    try onNetworkLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask {
        try await listener.serve { _ in try await sleep(for: .seconds(3600)) }
      }
      var client = certificates.client
      client.handshakeTimeout = .milliseconds(100)
      let settings = client
      let error = await #expect(throws: TLSError.self) {
        _ = try await TLSStream.connect(
          to: "localhost", port: listener.localAddress.port, configuration: settings)
      }
      #expect(error?.code == .handshakeTimedOut)
      serving.cancel()
    }
  }

  @Test func `tls-008: A peer that closes during the handshake is an error of the call`() throws {
    try onNetworkLoop {
      let (one, other) = try UnixStream.pair()
      let client = certificates.client
      let connecting = createTask {
        try await TLSStream.client(over: one, host: "localhost", configuration: client)
      }
      _ = try await other.read()
      await other.close()
      let error = await #expect(throws: TLSError.self) { _ = try await connecting.value }
      #expect(error?.code == .handshake)
      #expect(one.isClosed)
    }
  }

  @Test func `tls-010: A connection that was accepted by other code`() throws {
    try onNetworkLoop {
      let (server, client) = (certificates.server(), certificates.client)
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask {
        try await listener.serve { connection in
          let stream = try await TLSStream.server(over: connection, configuration: server)
          try await echo(stream)
          await stream.close()
        }
      }
      let stream = try await TLSStream.connect(
        to: "localhost", port: listener.localAddress.port, configuration: client)
      try await stream.write("both ways")
      #expect(try await stream.readExactly(9).text == "both ways")
      try await stream.finishWriting()
      #expect(try await stream.read().isEmpty)
      await stream.close()
      serving.cancel()
    }
  }

  @Test func `tls-012: A plain stream is upgraded with what it has buffered`() throws {
    try onNetworkLoop {
      let (server, client) = (certificates.server(), certificates.client)
      let (one, other) = try UnixStream.pair()
      let plain = Self.bytes(100_000)
      let serving = createTask {
        #expect(try await one.readExactly(100_000) == plain)
        try await one.write("220 go\r\n")
        let stream = try await TLSStream.server(over: one, configuration: server)
        try await stream.write("x")
        #expect(try await stream.readExactly(100_000) == plain)
        await stream.close()
      }
      try await other.write(plain)
      _ = try await other.readLine()
      let stream = try await TLSStream.client(over: other, host: "localhost", configuration: client)
      #expect(try await stream.readExactly(1).text == "x")
      try await stream.write(plain)
      #expect(try await stream.read().isEmpty)
      await stream.close()
      try await serving.value
    }
  }

  @Test func `Bytes that came with the last plain line are the first that TLS reads`() throws {
    try onNetworkLoop {
      let (server, client) = (certificates.server(), certificates.client)
      let (one, other) = try UnixStream.pair()
      let (middle, peer) = try UnixStream.pair()
      // What the client sends first arrives in one piece with the line before it.
      let relay = createTask {
        let hello = try await middle.read()
        try await one.write(Array("STARTTLS\r\n".utf8) + hello)
        _ = try await gather(
          { for try await piece in middle.chunks { try await one.write(piece) } },
          { for try await piece in one.chunks { try await middle.write(piece) } })
      }
      let serving = createTask {
        #expect(try await other.readLine().text == "STARTTLS\r\n")
        let stream = try await TLSStream.server(over: other, configuration: server)
        try await stream.write("welcome")
        await stream.close()
      }
      let stream = try await TLSStream.client(over: peer, host: "localhost", configuration: client)
      #expect(try await stream.readToEnd(limit: 100).text == "welcome")
      try await serving.value
      await stream.close()
      relay.cancel()
    }
  }

  @Test func `Clients are asked for certificates where that is wanted`() throws {
    try onNetworkLoop {
      var server = certificates.server()
      server.verification = .full
      server.roots = .pem(certificates.bytes("ca.pem"))
      try await withServer(
        server,
        { stream in
          try await stream.write(stream.peerCertificate == nil ? "nobody" : "somebody")
        }
      ) { port in
        var client = certificates.client
        client.identity = certificates.identity("client")
        let stream = try await TLSStream.connect(to: "localhost", port: port, configuration: client)
        #expect(try await stream.readToEnd(limit: 100).text == "somebody")
        await stream.close()
        // In TLS 1.3 the refusal comes after the client's side of the handshake.
        await #expect(throws: (any Error).self) {
          let stream = try await TLSStream.connect(
            to: "localhost", port: port, configuration: certificates.client)
          _ = try await stream.readToEnd(limit: 100)
        }
      }
    }
  }

  @Test func `The certificate is chosen by the name that is asked for`() throws {
    try onNetworkLoop {
      var server = certificates.server()
      server.identities = [
        "other.example": certificates.identity("other"),
        "*.wild.example": certificates.identity("other"),
      ]
      let listener = try await TLSListener.bind(host: "127.0.0.1", port: 0, configuration: server)
      let serving = createTask {
        try await listener.serve { stream in try await stream.write("hi") }
      }
      for host in ["localhost", "other.example", "a.wild.example"] {
        let connection = try await TCPStream.connect(to: listener.localAddress)
        let stream = try await TLSStream.client(
          over: connection, host: host, configuration: certificates.client)
        #expect(try await stream.readToEnd(limit: 10).text == "hi")
        await stream.close()
      }
      serving.cancel()
    }
  }

  @Test func `A later connection resumes the session of an earlier one`() throws {
    try onNetworkLoop {
      for version in [TLSConfiguration.Version.v1_2, .v1_3] {
        var client = certificates.client
        client.minimumVersion = version
        let settings = client
        try await withServer(certificates.server(), echo) { port in
          for round in 0..<3 {
            let stream = try await TLSStream.connect(
              to: "localhost", port: port, configuration: settings)
            try await stream.write("x")
            #expect(try await stream.read().text == "x")
            #expect(stream.wasResumed == (round > 0))
            await stream.close()
          }
        }
      }
    }
  }

  @Test func `A session of a peer that was not verified is not resumed where it has to be`() throws
  {
    try onNetworkLoop {
      try await withServer(certificates.server("self"), echo) { port in
        var lax = certificates.client
        lax.verification = .none
        for _ in 0..<2 {
          let stream = try await TLSStream.connect(to: "localhost", port: port, configuration: lax)
          try await stream.write("x")
          _ = try await stream.read()
          await stream.close()
        }
        var strict = lax
        strict.verification = .full
        var named = lax
        named.verification = .noHostname
        for configuration in [strict, named] {
          let error = await #expect(throws: TLSError.self) {
            _ = try await TLSStream.connect(
              to: "localhost", port: port, configuration: configuration)
          }
          #expect(error?.code == .certificate)
        }
        var otherRoots = lax
        otherRoots.roots = .system
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: otherRoots)
        #expect(!stream.wasResumed)
        await stream.close()
      }
    }
  }

  @Test func `Certificates and keys that cannot be used are errors before anything is connected`()
    throws
  {
    try onNetworkLoop {
      let good = certificates.identity("server")
      let identities = [
        TLSConfiguration.Identity(chain: [], key: certificates.bytes("server.key")),
        .init(chain: Array("nonsense".utf8), key: Array("nonsense".utf8)),
        .init(chain: certificates.bytes("server.pem"), key: certificates.bytes("other.key")),
      ]
      for identity in identities + [good] {
        do {
          let listener = try await TLSListener.bind(
            host: "127.0.0.1", port: 0, configuration: .server(identity))
          #expect(identity == good)
          await listener.close()
        } catch let error as TLSError {
          #expect(error.code == .configuration && identity != good)
        }
      }
      var client = TLSConfiguration()
      client.roots = .pem([])
      let settings = client
      await #expect(throws: TLSError.self) {
        _ = try await TLSStream.connect(to: "127.0.0.1", port: 1, configuration: settings)
      }
    }
  }
}
