// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Foundation
import Testing

/// What TLS promises when something is wrong: certificates, names, alerts, and the end of a connection.
@Suite struct TLSPromiseTests {
  private let certificates = Certificates.shared

  @Test(arguments: [TLSConfiguration.Version.v1_2, .v1_3])
  func `A client that closes without reading delivers all it has written`(
    _ version: TLSConfiguration.Version
  ) throws {
    try onNetworkLoop {
      let sent = [UInt8](repeating: 9, count: 256 << 10)
      let received = AsyncQueue<Int>()
      try await withServer(
        certificates.server(),
        { stream in
          // The sessions that a server offers stay unread.
          try await sleep(for: .milliseconds(20))
          try await received.put(try await stream.readToEnd(limit: 1 << 20).count)
        }
      ) { port in
        var settings = certificates.client
        settings.minimumVersion = version
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: settings)
        try await stream.write(sent)
        await stream.close()
        #expect(try await received.get() == sent.count)
      }
    }
  }

  // MARK: Names

  @Test func `A host name with a NUL byte is refused before anything is connected`() throws {
    try onNetworkLoop {
      let host = "localhost\0.bank.example"
      let error = await #expect(throws: TLSError.self) {
        _ = try await TLSStream.connect(to: host, port: 1, configuration: certificates.client)
      }
      #expect(error?.code == .configuration && error?.message.contains("NUL") == true)
      let (one, other) = try UnixStream.pair()
      await #expect(throws: TLSError.self) {
        _ = try await TLSStream.client(over: one, host: host, configuration: certificates.client)
      }
      #expect(one.isClosed)
      await other.close()
      var settings = certificates.server()
      settings.identities = ["other\0.example": certificates.identity("other")]
      let broken = settings
      await #expect(throws: TLSError.self) {
        _ = try await TLSListener.bind(host: "127.0.0.1", port: 0, configuration: broken)
      }
    }
  }

  @Test func `A dot at the end of a name changes nothing, on either side`() throws {
    try onNetworkLoop {
      var settings = certificates.server("other")
      settings.identities = ["localhost.": certificates.identity("server")]
      try await withServer(settings, echo) { port in
        for host in ["localhost", "localhost."] {
          let stream = try await TLSStream.connect(
            to: host, port: port, configuration: certificates.client)
          await stream.close()
        }
        // A client that asks with the dot, as ours does not.
        let output = try await Subprocess.run(
          .name("openssl"),
          arguments: [
            "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost.", "-CAfile",
            certificates.path("ca.pem"), "-verify_return_error", "-verify_hostname", "localhost",
          ])
        #expect(output.outputText.contains("Verify return code: 0"), "\(output.errorText)")
      }
    }
  }

  // MARK: Certificates

  @Test func `A bad certificate in a bundle is an error that says which`() throws {
    try onNetworkLoop {
      let good = certificates.bytes("ca.pem")
      let bad = Array("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n".utf8)
      for (bundle, number) in [
        (bad + good, 1), (good + bad + good, 2), (good + good.dropLast(60), 2),
      ] {
        var settings = TLSConfiguration()
        settings.roots = .pem(bundle)
        let roots = settings
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(to: "localhost", port: 1, configuration: roots)
        }
        #expect(error?.message.contains("certificate \(number) of the roots") == true, "\(error!)")
      }
      let identity = certificates.identity("server")
      let chain = TLSConfiguration.Identity(
        chain: certificates.bytes("server.pem") + bad + good,
        key: certificates.bytes("server.key"))
      #expect(chain != identity)
      let error = await #expect(throws: TLSError.self) {
        _ = try await TLSListener.bind(host: "127.0.0.1", port: 0, configuration: .server(chain))
      }
      #expect(error?.message.contains("certificate 2 of the chain") == true)
      // Words between the certificates are no certificates.
      var settings = TLSConfiguration()
      settings.roots = .pem(Array("# ours\n".utf8) + good + Array("# theirs\n".utf8))
      let commented = settings
      try await withServer(certificates.server(), echo) { port in
        await (try TLSStream.connect(to: "localhost", port: port, configuration: commented)).close()
      }
    }
  }

  @Test func `A certificate of the middle of a chain can be what is trusted`() throws {
    try onNetworkLoop {
      var settings = TLSConfiguration()
      settings.roots = .pem(certificates.bytes("inter.pem"))
      let trusting = settings
      try await withServer(certificates.server("leaf"), echo) { port in
        let stream = try await TLSStream.connect(
          to: "localhost", port: port, configuration: trusting)
        try await stream.write("x")
        #expect(try await stream.readExactly(1).text == "x")
        await stream.close()
      }
    }
  }

  @Test func `SSL_CERT_FILE names roots of the system, or is an error`() async {
    // In a process of its own, whose environment is its own.
    await #expect(processExitsWith: .success) {
      setenv("SSL_CERT_FILE", "/no/such/file", 1)
      try onNetworkLoop {
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(to: "localhost", port: 1)
        }
        #expect(error?.code == .configuration)
        setenv("SSL_CERT_FILE", Certificates.shared.path("ca.pem"), 1)
        try await withServer(Certificates.shared.server(), echo) { port in
          await (try TLSStream.connect(to: "localhost", port: port)).close()
        }
      }
    }
  }

  @Test func `A listener without an identity is an error`() throws {
    try onNetworkLoop {
      let error = await #expect(throws: TLSError.self) {
        _ = try await TLSListener.bind(
          host: "127.0.0.1", port: 0, configuration: TLSConfiguration())
      }
      #expect(error?.code == .configuration && error?.message.contains("identity") == true)
    }
  }

  @Test(arguments: [TLSConfiguration.Version.v1_2, .v1_3])
  func `A client without the certificate that a server wants learns that it is refused`(
    _ version: TLSConfiguration.Version
  ) throws {
    try onNetworkLoop {
      var settings = certificates.server()
      settings.verification = .noHostname
      settings.roots = .pem(certificates.bytes("ca.pem"))
      settings.minimumVersion = version
      try await withServer(settings, echo) { port in
        for verification in [TLSConfiguration.Verification.none, .full] {
          var client = certificates.client
          client.verification = verification
          let configuration = client
          let error = await #expect(throws: TLSError.self) {
            let stream = try await TLSStream.connect(
              to: "localhost", port: port, configuration: configuration)
            // With TLS 1.3 the refusal comes when the client believes that it is done.
            _ = try await stream.read()
          }
          #expect(error?.code == .handshake, "\(String(describing: error))")
          #expect(error?.message.contains("the peer refused") == true)
        }
      }
    }
  }

  @Test func `With TLS 1.2 and without verification, too, the refusal is the peer's`() throws {
    try onNetworkLoop {
      let server = try await Subprocess.run(
        .name("openssl"),
        arguments: [
          "s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("self.pem"),
          "-key",
          certificates.path("self.key"), "-Verify", "1", "-verify_return_error", "-tls1_2",
        ], error: .discard
      ) { child in
        // The system chooses a port that is free, and the program names it.
        try await child.standardOutput.readUntil("ACCEPT 127.0.0.1:")
        let digits = try await child.standardOutput.readLine().dropLast()
        let port = try #require(Int(String(decoding: digits, as: UTF8.self)))
        var settings = TLSConfiguration()
        settings.verification = .none
        let configuration = settings
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(
            to: "127.0.0.1", port: port, configuration: configuration)
        }
        #expect(error?.code == .handshake, "\(String(describing: error))")
        try child.kill()
      }
      #expect(server.status == .signaled(9))
    }
  }

  // MARK: Alerts

  @Test func `A bad record is answered with an alert`() throws {
    try onNetworkLoop {
      let (one, other) = try UnixStream.pair()
      let serverSettings = certificates.server()
      let accepting = createTask {
        try await TLSStream.server(over: one, configuration: serverSettings)
      }
      let client = try await TLSStream.client(
        over: other, host: "localhost", configuration: certificates.client)
      let server = try await accepting.value
      // A record of the right form with bytes that nobody has encrypted.
      try await other.write([23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32))
      let broken = await #expect(throws: TLSError.self) { _ = try await server.read() }
      #expect(broken?.code == .protocolViolation)
      let told = await #expect(throws: TLSError.self) { _ = try await client.read() }
      #expect(told?.code == .alert)
      #expect(told?.message.contains("bad record mac") == true, "\(String(describing: told))")
      await client.close()
      await server.close()
    }
  }

  @Test func `The alert of a handshake that fails reaches the peer`() throws {
    try onNetworkLoop {
      var server = certificates.server()
      server.protocols = ["one"]
      var client = certificates.client
      client.protocols = ["other"]
      let configuration = client
      try await withServer(server, echo) { port in
        let error = await #expect(throws: TLSError.self) {
          _ = try await TLSStream.connect(
            to: "localhost", port: port, configuration: configuration)
        }
        #expect(error?.code == .handshake)
        #expect(error?.message.contains("no application protocol") == true)
      }
    }
  }
}
