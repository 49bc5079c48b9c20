// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Against `openssl s_server`, whose answers are of HTTP/1.0 and end with the connection.
@Suite struct OpenSSLPeerTests {
  private let process = Process()
  private let output = Pipe()

  /// Starts the server, and returns its port.
  private func start(_ arguments: [String]) throws -> Int {
    let certificate = Servers.shared.certificate
    let key = URL(fileURLWithPath: certificate).deletingLastPathComponent()
      .appendingPathComponent("key.pem").path
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key]
      + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    while true {
      if let match = text.firstMatch(of: /ACCEPT .*:([0-9]+)\n/) { return Int(match.1) ?? 0 }
      let piece = output.fileHandleForReading.availableData
      if piece.isEmpty { return 0 }
      text += String(decoding: piece, as: UTF8.self)
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `A page that ends with the connection, and says farewell, is whole`(version: String) throws {
    let port = try start(["-www", version])
    defer { process.terminate() }
    var configuration = HTTPClient.Configuration()
    configuration.trustedCertificates = Servers.shared.certificate
    try onLoop { [configuration] () async throws in
      let client = HTTPClient(configuration)
      // Each on a connection of its own.
      for _ in 0..<3 {
        let page = try await client.get("https://localhost:\(port)/")
        #expect(page.status == .ok && page.head.version == "1.0" && !page.story.isConnectionReused)
        #expect(
          page.text.contains("s_server") && page.text.hasSuffix("</HTML>\r\n\r\n"),
          "\(page.text.suffix(60))")
        #expect(page.story.tls != nil)
      }
    }
  }
}
