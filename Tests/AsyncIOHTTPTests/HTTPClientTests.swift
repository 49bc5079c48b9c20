// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Runs `body` on a scoped loop with the system's clock.
@discardableResult
func onLoop<Success: Sendable>(
  _ body: sending @escaping @isolated(any) () async throws -> Success
) throws -> Success {
  try EventLoop.run(.init(mode: .scoped), body)
}

/// Runs a request that has to fail, and returns its error.
func failure(
  _ configuration: HTTPClient.Configuration = .init(), of request: HTTPClient.Request,
  maxBodySize: Int? = nil
) throws -> HTTPError {
  try onLoop {
    let client = HTTPClient(configuration)
    return try await #require(throws: HTTPError.self) {
      _ = try await client.execute(request, maxBodySize: maxBodySize)
    }
  }
}

/// Ordinary use, against nginx.
@Suite struct HTTPClientTests {
  private let servers = Servers.shared

  @Test func `A page comes with its status, headers and body`() throws {
    let page = try onLoop { try await HTTPClient().get(Servers.shared.nginx("/hello.txt")) }
    #expect(page.status == .ok)
    #expect(page.headers[.contentType] == "text/plain")
    #expect(page.text == "hello\n")
    #expect(page.head.version == "1.1")
    #expect(page.url == servers.nginx("/hello.txt"))
  }

  @Test func `A status that says no is no error`() throws {
    let page = try onLoop { try await HTTPClient().get(Servers.shared.nginx("/nothing")) }
    #expect(page.status == .notFound)
  }

  @Test func `Method, headers and body are sent`() throws {
    let page = try onLoop {
      try await HTTPClient().execute(
        .init(
          Servers.shared.nginx("/echo"), method: .put,
          headers: [HTTPField.Name("X-Test")!: "value"], body: Array("12345".utf8)))
    }
    #expect(page.text == "PUT value 5\n")
  }

  @Test(arguments: [
    (HTTPRequest.Method.get, "GET  "), (.post, "POST  0"), (.delete, "DELETE  "),
    (.patch, "PATCH  "),
  ])
  func `Methods without a body`(_ method: HTTPRequest.Method, _ expected: String) throws {
    let page = try onLoop {
      try await HTTPClient().execute(.init(Servers.shared.nginx("/echo"), method: method))
    }
    #expect(page.text == expected + "\n")
  }

  @Test func `HEAD has headers and no body`() throws {
    let page = try onLoop {
      try await HTTPClient().execute(.init(Servers.shared.nginx("/hello.txt"), method: .head))
    }
    #expect(page.headers[.contentLength] == "6")
    #expect(page.body.isEmpty)
  }

  @Test func `Redirects are followed to the URL that answers`() throws {
    let page = try onLoop { try await HTTPClient().get(Servers.shared.nginx("/redirect")) }
    #expect(page.text == "hello\n")
    #expect(page.url == servers.nginx("/hello.txt"))
  }

  @Test func `Without redirects the redirect itself is the response`() throws {
    let page = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.maxRedirects = 0
      return try await HTTPClient(configuration).get(Servers.shared.nginx("/redirect"))
    }
    #expect(page.status == .found)
  }

  @Test func `Compressed bodies come uncompressed`() throws {
    let page = try onLoop { try await HTTPClient().get(Servers.shared.nginx("/gzip.txt")) }
    #expect(page.headers[.contentEncoding] == "gzip")
    #expect(page.body.count == 10_000)
  }

  @Test func `One connection serves requests that follow each other`() throws {
    let connections = try onLoop {
      let client = HTTPClient()
      var connections: Set<String> = []
      for _ in 0..<20 {
        connections.insert(try await client.get(Servers.shared.nginx("/connection")).text)
      }
      return connections
    }
    #expect(connections.count == 1)
  }

  @Test func `Two hundred requests at once, over as many connections as allowed`() throws {
    let texts = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.maxConnectionsPerHost = 4
      let client = HTTPClient(configuration)
      return try await gather(0..<200) { _ in
        try await client.get(Servers.shared.nginx("/connection")).text
      }
    }
    #expect(texts.count == 200)
    #expect(Set(texts).count <= 4)
  }

  @Test func `HTTP/2 over TLS shares one connection between requests`() throws {
    let (versions, connections) = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.trustedCertificates = Servers.shared.certificate
      let client = HTTPClient(configuration)
      let pages = try await gather(0..<20) { _ in
        try await client.get(Servers.shared.nginxTLS("/connection"))
      }
      return (Set(pages.map(\.head.version)), Set(pages.map(\.text)))
    }
    #expect(versions == ["2"])
    #expect(connections.count == 1)
  }

  @Test func `A large body comes whole and in order, in pieces for a slow reader`() throws {
    let (count, isRight) = try onLoop {
      try await HTTPClient().stream(.init(Servers.shared.nginx("/big.bin"))) { head, chunks in
        var (count, isRight) = (0, true)
        for try await chunk in chunks {
          for (offset, byte) in chunk.enumerated() where byte != UInt8((count + offset) & 255) {
            isRight = false
          }
          count += chunk.count
          try await sleep(for: .microseconds(50))
        }
        return (count, isRight)
      }
    }
    #expect(count == 256 * 40_960)
    #expect(isRight)
  }

  @Test func `A reader that pauses holds back a server that never ends`() throws {
    try onLoop {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let sent = Mutex(0)
      let serving = createTask {
        try await listener.serve { stream in
          try await stream.readUntil("\r\n\r\n")
          try await stream.write("HTTP/1.1 200 OK\r\n\r\n")
          while true {
            try await stream.write([UInt8](repeating: 1, count: 65_536))
            sent.withLock { $0 += 65_536 }
          }
        }
      }
      let port = listener.localAddress.port
      try await HTTPClient().stream(.init("http://127.0.0.1:\(port)/")) { _, chunks in
        var iterator = chunks.makeAsyncIterator()
        for _ in 0..<10 { _ = try await iterator.next() }
        // The server's task waits, and nothing moves any more.
        var (before, rounds) = (0, 0)
        while rounds < 1_000 {
          await Task.yield()
          let now = sent.withLock { $0 }
          rounds = now == before ? rounds + 1 : 0
          before = now
        }
      }
      // What the system's own buffers take, and not much more.
      #expect(sent.withLock { $0 } < 32 << 20)
      listener.stop(grace: .zero)
      try await serving.value
    }
  }

  @Test func `A reader that stops early ends the transfer, and the client goes on`() throws {
    let text = try onLoop {
      let client = HTTPClient()
      let first = try await client.stream(.init(Servers.shared.misbehaving("/endless"))) {
        _, chunks in
        for try await chunk in chunks { return chunk.count }
        return 0
      }
      #expect(first > 0)
      return try await client.get(Servers.shared.nginx("/hello.txt")).text
    }
    #expect(text == "hello\n")
  }

  @Test func `Requests from threads and tasks outside any loop work`() async throws {
    let client = HTTPClient()
    async let first = client.get(servers.nginx("/hello.txt")).text
    async let second = client.get(servers.nginx("/gzip.txt")).body.count
    #expect(try await first == "hello\n")
    #expect(try await second == 10_000)
  }
}
