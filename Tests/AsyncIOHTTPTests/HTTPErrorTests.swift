// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import TestSupport
import Testing

/// Servers that misbehave, and cancellation.
@Suite struct HTTPErrorTests {
  private let servers = Servers.shared

  @Test func `Nobody listens`() throws {
    let error = try failure(of: .init(servers.nobody))
    #expect(error.code == .refused)
    #expect(error.url == servers.nobody)
    #expect("\(error)".contains(servers.nobody))
  }

  @Test func `A name that does not resolve`() throws {
    #expect(try failure(of: .init("http://no-such-host.invalid/")).code == .resolution)
  }

  @Test(arguments: ["http://[bad", "ftp://example.com/", "file:///etc/passwd", ""])
  func `A URL that cannot be fetched`(_ url: String) throws {
    #expect(try failure(of: .init(url)).code == .malformedRequest)
  }

  @Test func `A certificate that is not trusted`() throws {
    #expect(try failure(of: .init(servers.nginxTLS("/hello.txt"))).code == .tls)
  }

  @Test func `A certificate for another name`() throws {
    var configuration = HTTPClient.Configuration()
    configuration.trustedCertificates = servers.certificate
    let url = "https://127.0.0.1:\(servers.https)/hello.txt"
    #expect(try failure(configuration, of: .init(url)).code == .tls)
  }

  @Test func `Certificates to trust that cannot be read are named`() throws {
    var configuration = HTTPClient.Configuration()
    configuration.trustedCertificates = "/nonexistent/roots.pem"
    let error = try failure(configuration, of: .init(Servers.shared.nginxTLS("/hello.txt")))
    #expect(error.code == .tls)
    #expect(error.message.contains("/nonexistent/roots.pem"))
  }

  @Test(arguments: [
    "http://a b/", "http://a\r\nX: y/", "http://a\0.example/", "http://a/\r\nX: y", "http://a:0/",
  ])
  func `A URL that would be read as more is refused before anything is sent`(url: String) throws {
    #expect(try failure(of: .init(url)).code == .malformedRequest)
  }

  @Test func `Verification can be turned off`() throws {
    let text = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.verifiesCertificates = false
      return try await HTTPClient(configuration).get(Servers.shared.nginxTLS("/hello.txt")).text
    }
    #expect(text == "hello\n")
  }

  @Test(arguments: ["/reset", "/reset-body", "/short"])
  func `A connection that breaks`(_ path: String) throws {
    #expect(try failure(of: .init(servers.misbehaving(path))).code == .connection)
  }

  @Test(arguments: ["/stall", "/stall-body", "/slow-loris"])
  func `A server that stalls runs into the time limit`(_ path: String) throws {
    let request = HTTPClient.Request(servers.misbehaving(path), timeout: .milliseconds(300))
    #expect(try failure(of: request).code == .timedOut)
  }

  @Test func `What is not HTTP`() throws {
    let error = try failure(of: .init(servers.misbehaving("/garbage")))
    #expect(
      error.code == .malformedRequest || error.code == .invalidResponse || error.code == .other)
  }

  @Test func `An endless body meets the size limit`() throws {
    let error = try failure(of: .init(servers.misbehaving("/endless")), maxBodySize: 1_000_000)
    #expect(error.code == .tooLarge)
    #expect("\(error)".contains("1000000 bytes"))
  }

  @Test func `An announced body that is too large is not read at all`() throws {
    #expect(try failure(of: .init(servers.nginx("/big.bin")), maxBodySize: 100).code == .tooLarge)
  }

  @Test func `Redirects without end`() throws {
    #expect(try failure(of: .init(servers.nginx("/loop"))).code == .tooManyRedirects)
  }

  @Test func `A task that is cancelled already sends nothing`() throws {
    try onLoop {
      let task = createTask { try await HTTPClient().get(Servers.shared.nginx("/hello.txt")) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test(arguments: ["/stall", "/stall-body", "/endless", "/slow-loris"])
  func `Cancellation ends a request wherever it stands, and closes its descriptor`(
    _ path: String
  ) throws {
    try onLoop {
      let client = HTTPClient()
      _ = try await client.get(Servers.shared.nginx("/hello.txt"))
      let task = createTask {
        try await client.stream(.init(Servers.shared.misbehaving(path))) { _, chunks in
          for try await _ in chunks { try await sleep(for: .milliseconds(1)) }
        }
      }
      try await sleep(for: .milliseconds(100))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let page = try await client.get(Servers.shared.nginx("/hello.txt"))
      #expect(page.text == "hello\n")
    }
  }

  @Test func `withTimeout around a request gives TimeoutError`() throws {
    try onLoop {
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(50)) {
          _ = try await HTTPClient().get(Servers.shared.misbehaving("/stall"))
        }
      }
    }
  }
}
