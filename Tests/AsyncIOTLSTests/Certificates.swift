// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Foundation

/// Certificates for the tests, made anew with the openssl command for each run.
struct Certificates: Sendable {
  static let shared: Certificates = {
    do { return try Certificates() } catch { fatalError("no certificates: \(error)") }
  }()

  let directory: URL

  private init() throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("asyncio-tls-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let script = """
      set -e
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key \\
        -out ca.pem -subj /CN=TestCA -days 2
      make() { # name, subject alternative names, days
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $1.key \\
          -out $1.csr -subj /CN=$1
        printf 'subjectAltName=%s\\n' "$2" > $1.ext
        openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $1.pem \\
          -days $3 -extfile $1.ext
      }
      make server DNS:localhost,IP:127.0.0.1 2
      make other DNS:other.example,DNS:*.wild.example 2
      make expired DNS:localhost,IP:127.0.0.1 -1
      make client DNS:client 2
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout inter.key \\
        -out inter.csr -subj /CN=Issuing
      printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign\\n' > inter.ext
      openssl x509 -req -in inter.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out inter.pem \\
        -days 2 -extfile inter.ext
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout leaf.key \\
        -out leaf.csr -subj /CN=leaf
      openssl x509 -req -in leaf.csr -CA inter.pem -CAkey inter.key -CAcreateserial -out leaf.pem \\
        -days 2 -extfile server.ext
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout self.key \\
        -out self.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = directory
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw NSError(
        domain: String(decoding: text, as: UTF8.self), code: Int(process.terminationStatus))
    }
  }

  func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  func bytes(_ name: String) -> [UInt8] {
    (try? Data(contentsOf: directory.appendingPathComponent(name))).map { Array($0) } ?? []
  }

  func identity(_ name: String) -> TLSConfiguration.Identity {
    .init(chain: bytes("\(name).pem"), key: bytes("\(name).key"))
  }

  /// Settings of a server with a certificate.
  func server(_ name: String = "server") -> TLSConfiguration { .server(identity(name)) }

  /// Settings of a client that trusts the tests' authority, and nobody else.
  var client: TLSConfiguration {
    var configuration = TLSConfiguration()
    configuration.roots = .pem(bytes("ca.pem"))
    return configuration
  }
}

/// Runs a loop for one test; one that hangs is cancelled after a minute.
@discardableResult
func onNetworkLoop<Success: Sendable>(
  _ body: sending @escaping @isolated(any) () async throws -> Success
) throws -> Success {
  nonisolated(unsafe) let body = body
  return try EventLoop.run(.init(mode: .scoped)) {
    try await withTimeout(.seconds(60)) { try await body() }
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}

/// Serves with `handler` while `body` runs with the server's port.
func withServer<Success>(
  _ configuration: TLSConfiguration = Certificates.shared.server(),
  _ handler: @escaping @Sendable (TLSStream) async throws -> Void,
  _ body: (Int) async throws -> Success
) async throws -> Success {
  let listener = try await TLSListener.bind(
    host: "127.0.0.1", port: 0, configuration: configuration)
  let serving = createTask { try await listener.serve(handler) }
  let result = try await body(listener.localAddress.port)
  serving.cancel()
  _ = await serving.result
  return result
}

/// Sends back what comes, until the end.
@Sendable func echo(_ stream: TLSStream) async throws {
  for try await piece in stream.chunks { try await stream.write(piece) }
}
