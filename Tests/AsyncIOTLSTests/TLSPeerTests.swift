// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Testing

/// TLS with the programs of others.
@Suite struct TLSPeerTests {
  private let certificates = Certificates.shared

  @Test func `OpenSSL's client talks to our server`() throws {
    try onNetworkLoop {
      try await withServer(certificates.server(), echo) { port in
        let output = try await Subprocess.run(
          .name("openssl"),
          arguments: [
            "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.path("ca.pem"),
            "-verify_return_error", "-servername", "localhost", "-quiet", "-no_ign_eof",
          ], input: .text("hello from openssl\nQ\n"))
        #expect(output.errorText.contains("verify return:1"), "\(output.errorText)")
      }
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `Our client talks to OpenSSL's server`(version: String) throws {
    try onNetworkLoop {
      let port = try await freePort()
      _ = try await Subprocess.run(
        .name("openssl"),
        arguments: [
          "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificates.path("server.pem"),
          "-key", certificates.path("server.key"), "-rev", version,
        ], error: .discard
      ) { server in
        let stream = try await connect(port)
        try await stream.write("abc\n")
        #expect(try await stream.readLine().text == "cba\n")
        await stream.close()
        try server.terminate()
      }
    }
  }

  @Test(arguments: [
    ("-tls1_1", "DEFAULT@SECLEVEL=0", TLSConfiguration.Version.v1_2), ("-tls1_2", "DEFAULT", .v1_3),
  ])
  func `A server that speaks only what is too old is refused`(
    version: String, ciphers: String, minimum: TLSConfiguration.Version
  ) throws {
    try onNetworkLoop {
      let port = try await freePort()
      _ = try await Subprocess.run(
        .name("openssl"),
        arguments: [
          "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificates.path("server.pem"),
          "-key", certificates.path("server.key"), version, "-cipher", ciphers,
        ], error: .discard
      ) { server in
        var client = certificates.client
        client.minimumVersion = minimum
        let settings = client
        let error = await #expect(throws: TLSError.self) { _ = try await connect(port, settings) }
        #expect(error?.code == .handshake)
        try server.terminate()
      }
    }
  }

  @Test func `Our client talks to Python's server, which ends properly`() throws {
    try onNetworkLoop {
      let script = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        connection = context.wrap_socket(listener.accept()[0], server_side=True)
        data = connection.recv(100)
        connection.sendall(data.upper() * 10000)
        connection.unwrap()
        """
      let (status, _) = try await Subprocess.run(
        .name("python3"),
        arguments: ["-c", script, certificates.path("server.pem"), certificates.path("server.key")]
      ) { server in
        let port = try #require(Int(try await server.standardOutput.readLine().text.dropLast()))
        let stream = try await connect(port)
        try await stream.write("word")
        #expect(try await stream.readToEnd(limit: 1 << 20).count == 40_000)
        await stream.close()
        try await server.wait()
      }
      #expect(status.isSuccess)
    }
  }

  @Test func `Python's client talks to our server, and verifies it`() throws {
    try onNetworkLoop {
      let script = """
        import socket, ssl, sys
        context = ssl.create_default_context(cafile=sys.argv[1])
        connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
        connection = context.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(b"ping")
        print(connection.recv(10).decode(), connection.version())
        connection.unwrap()
        """
      try await withServer(certificates.server(), echo) { port in
        let output = try await Subprocess.run(
          .name("python3"), arguments: ["-c", script, certificates.path("ca.pem"), "\(port)"])
        #expect(output.outputText == "ping TLSv1.3\n", "\(output.errorText)")
        #expect(output.status.isSuccess)
      }
    }
  }

  private func freePort() async throws -> Int {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    defer { listener.stop() }
    return listener.localAddress.port
  }

  /// Connects as soon as the server is up.
  private func connect(
    _ port: Int, _ configuration: TLSConfiguration = Certificates.shared.client
  ) async throws -> TLSStream {
    while true {
      do {
        return try await TLSStream.connect(
          to: "localhost", port: port, configuration: configuration)
      } catch is ConnectError {
        try await sleep(for: .milliseconds(20))
      }
    }
  }
}
