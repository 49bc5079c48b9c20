// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Connections: how long their parts may take, what is told of them, and how many there are.
@Suite struct ConnectionTests {
  private static func timeouts(
    _ change: (inout HTTPClient.Timeouts) -> Void
  ) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    change(&configuration.timeouts)
    return configuration
  }

  @Test func `A part that takes too long is named, with the URL and the attempt`() throws {
    let short = Duration.milliseconds(30)
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        let head = try await stream.requestHead()
        if head.contains("/body") {
          try await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        }
        if head.contains("/upload") { try await sleep(for: .seconds(60)) }
        _ = try await stream.read()
      } while: { (server: ScriptedServer) async throws in
        func failure(
          _ path: String, _ configuration: HTTPClient.Configuration, https: Bool = false,
          content: HTTPClient.RequestBody? = nil
        ) async throws -> HTTPError {
          let base =
            https ? server.url.replacingOccurrences(of: "http:", with: "https:") : server.url
          var request = HTTPClient.Request(base + path)
          if let content { request = .init(base + path, content: content) }
          return try await #require(throws: HTTPError.self) {
            _ = try await HTTPClient(configuration).execute(request)
          }
        }
        let first = try await failure("", Self.timeouts { $0.firstByte = short })
        #expect(first.phase == .firstByte && first.attempt == 1 && first.code == .timedOut)
        #expect(first.url == server.url && first.message.contains("0.03 seconds"))
        let between = try await failure("body", Self.timeouts { $0.betweenBytes = short })
        #expect(between.phase == .betweenBytes && between.attempt == 1)
        let tls = try await failure("", Self.timeouts { $0.tls = short }, https: true)
        #expect(tls.phase == .tls && tls.attempt == 0)
        let send = try await failure(
          "upload", Self.timeouts { $0.send = short },
          content: .bytes([UInt8](repeating: 0, count: 64 << 20)))
        #expect(send.phase == .send && send.attempt == 1)
        var total = HTTPClient.Configuration()
        total.timeout = short
        #expect(try await failure("", total).phase == .total)
        total.timeout = nil
        total.connectTimeout = short
        #expect(try await failure("", total, https: true).phase == .connect)
      }
    }
  }

  @Test func `The whole time is over also where there is always something to read`() throws {
    let error = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await stream.write("HTTP/1.1 200 OK\r\n\r\n")
        while true { try await stream.write([UInt8](repeating: 0, count: 1 << 16)) }
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .milliseconds(100)
        return try await #require(throws: HTTPError.self) {
          try await HTTPClient(configuration).stream(.init(server.url)) { response in
            for try await _ in response.chunks { try await sleep(for: .milliseconds(5)) }
          }
        }
      }
    }
    #expect(error.phase == .total)
  }

  @Test func `A shared connection makes room for another server`() throws {
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        while true {
          _ = try await stream.requestHead()
          try await stream.respond("other")
        }
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.trustedCertificates = Servers.shared.certificate
        configuration.maxConnections = 1
        let client = HTTPClient(configuration)
        let isDone = AsyncEvent()
        // There is always a request on it.
        let busy = (0..<3).map { _ in
          createTask {
            while !isDone.isSet {
              _ = try await client.get(Servers.shared.nginxTLS("/hello.txt"))
            }
          }
        }
        _ = try await client.get(Servers.shared.nginxTLS("/hello.txt"))
        #expect(try await client.get(server.url).text == "other")
        isDone.set()
        for task in busy { try await task.value }
      }
    }
  }

  @Test func `By HTTP/2, too; a connection that is silent serves no others`() throws {
    let connections = Counter()
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        connections.add()
        while try await !stream.read().isEmpty {}
      } while: { (server: ScriptedServer) async throws in
        var configuration = Self.timeouts { $0.firstByte = .milliseconds(30) }
        configuration.version = .http2
        let client = HTTPClient(configuration)
        for _ in 0..<2 {
          let error = try await #require(throws: HTTPError.self) {
            _ = try await client.get(server.url)
          }
          #expect(error.phase == .firstByte)
        }
      }
    }
    #expect(connections.value == 2)
  }

  @Test func `A connection of HTTP/2 that ended while it was idle is not used again`() throws {
    let stories = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.version = .http2
      configuration.trustedCertificates = Servers.shared.certificate
      let client = HTTPClient(configuration)
      // nginx ends a connection with GOAWAY after so many requests, which lies there until the next one.
      var stories: [HTTPClient.Story] = []
      for _ in 0..<3 {
        stories.append(try await client.get(Servers.shared.nginxTwoEach("/hello.txt")).story)
      }
      return stories
    }
    #expect(stories.allSatisfy { $0.attempts == 1 }, "\(stories)")
    #expect(stories.map(\.isConnectionReused) == [false, true, false], "\(stories)")
  }

  @Test func `Heads of 1xx are passed over, by HTTP/2 too`() throws {
    let asked = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.version = .http2
      return try await HTTPClient(configuration).get(Peers.shared.h2URL("/early"))
        .json(as: Peers.Asked.self)
    }
    #expect(asked.path == "/early")
  }

  @Test func `A body larger than the window of HTTP/2 comes whole`() throws {
    let counts = try onLoop {
      var configuration = HTTPClient.Configuration()
      configuration.version = .http2
      let client = HTTPClient(configuration)
      return try await gather(0..<8) { number in
        try await client.get(Peers.shared.h2URL("/big/\(300_000 + number)")).body.count
      }
    }
    #expect(counts == (0..<8).map { 300_000 + $0 })
  }

  @Test func `A slow consumer is no slow server`() throws {
    let body = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await stream.respond("0123456789")
      } while: { (server: ScriptedServer) async throws in
        try await HTTPClient(Self.timeouts { $0.betweenBytes = .milliseconds(200) })
          .stream(.init(server.url)) { response in
            try await sleep(for: .milliseconds(400))
            return try await response.collect(upTo: 100)
          }
      }
    }
    #expect(body.count == 10)
  }

  @Test func `Each answer tells how it came about`() throws {
    try onLoop { () async throws in
      let client = HTTPClient()
      let first = try await client.get(Servers.shared.nginx("/hello.txt")).story
      #expect(first.attempts == 1 && first.redirects == 0 && !first.isConnectionReused)
      #expect(first.connect != nil && first.resolve != nil && first.tls == nil)
      #expect(first.version == "1.1" && first.bytesSent > 50 && first.bytesReceived > 6)
      #expect(try #require(first.firstByte) <= first.total)
      let second = try await client.get(Servers.shared.nginx("/hello.txt")).story
      #expect(second.isConnectionReused && second.connect == nil)
      #expect(second.bytesReceived == first.bytesReceived)
      let redirected = try await client.get(Servers.shared.nginx("/redirect")).story
      #expect(redirected.redirects == 1 && redirected.attempts == 2)
    }
  }

  @Test func `The bytes of an answer are counted as they were sent`() throws {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let body = "5\r\nhello\r\n0\r\nX-A: b\r\n\r\n"
    let story = try onLoop {
      try await ScriptedServer.run { stream in
        let request = try await stream.requestHead()
        #expect(request.utf8.count > 0)
        try await stream.write(head + body)
      } while: {
        try await HTTPClient().get($0.url).story
      }
    }
    #expect(story.bytesReceived == (head + body).utf8.count)
  }

  @Test func `A story of HTTP/2 over TLS`() throws {
    var configuration = HTTPClient.Configuration()
    configuration.trustedCertificates = Servers.shared.certificate
    let story = try onLoop { [configuration] in
      try await HTTPClient(configuration).get(Servers.shared.nginxTLS("/big.bin")).story
    }
    #expect(story.version == "2" && story.tls != nil && story.bytesSent > 9)
    // The body, a head, and nine bytes for each frame.
    #expect(256 * 40_960 + 9 * 600..<256 * 40_960 + 20_000 ~= story.bytesReceived)
    #expect("\(story)".contains("HTTP/2"))
  }

  @Test func `The heads can be traced`() throws {
    let events = Mutex<[String]>([])
    var configuration = HTTPClient.Configuration()
    configuration.trace = { event in events.withLock { $0.append(event.description) } }
    _ = try onLoop { [configuration] in
      try await HTTPClient(configuration).get(Servers.shared.nginx("/redirect"))
    }
    let text = events.withLock { $0 }.joined(separator: "\n")
    for part in [
      "* connected to 127.0.0.1", "> GET /redirect HTTP/1.1\n> Host: 127.0.0.1:",
      "< HTTP/1.1 302 Moved Temporarily\n< Server: nginx", "* follows the redirect to http",
      "> GET /hello.txt",
    ] { #expect(text.contains(part), "\(part)") }
  }

  // MARK: Limits

  @Test func `The connections in total are limited, idle ones included`() throws {
    let open = Mutex((now: 0, most: 0))
    let serve: @Sendable (TCPStream) async throws -> Void = { stream in
      open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      defer { open.withLock { $0.now -= 1 } }
      while true {
        _ = try await stream.requestHead()
        await Task.yield()
        try await stream.respond("ok")
      }
    }
    let reused = try onLoop {
      try await ScriptedServer.run(serve) { first in
        try await ScriptedServer.run(serve) { second in
          var configuration = HTTPClient.Configuration()
          configuration.maxConnections = 3
          let client = HTTPClient(configuration)
          let stories = try await gather(0..<60) { number in
            try await client.get(number % 3 == 0 ? second.url : first.url).story
          }
          return stories.count { $0.isConnectionReused }
        }
      }
    }
    // The server may learn of an end a little later than the client.
    #expect(open.withLock { $0.most } <= 5)
    #expect(reused > 0)
  }

  @Test func `A cancelled wait for a place leaves it to others`() throws {
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        while true {
          _ = try await stream.requestHead()
          await Task.yield()
          try await stream.respond("ok")
        }
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.maxConnections = 2
        let client = HTTPClient(configuration)
        for round in 0..<200 {
          let tasks = (0..<8).map { _ in createTask { try await client.get(server.url).text } }
          for (index, task) in tasks.enumerated() {
            for _ in 0..<((round + index) % 7) { await Task.yield() }
            if (round + index) % 3 != 0 { task.cancel() }
          }
          for task in tasks { _ = await task.result }
        }
        let texts = try await gather(0..<6) { _ in try await client.get(server.url).text }
        #expect(texts == [String](repeating: "ok", count: 6))
      }
    }
  }

  @Test func `Waiting requests of one server share a failure to connect`() throws {
    // A server that does not shake hands: each attempt takes its whole time.
    let attempts = Counter()
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        attempts.add()
        while try await !stream.read().isEmpty {}
      } while: { (server: ScriptedServer) async throws in
        let client = HTTPClient(Self.timeouts { $0.tls = .milliseconds(500) })
        let url = "https://127.0.0.1:\(server.port)/"
        let results = await gatherResults(0..<20) { _ in try await client.get(url) }
        for result in results {
          #expect(throws: HTTPError.self) { _ = try result.get() }
        }
      }
    }
    #expect(attempts.value == 1)
  }

  @Test(arguments: [408, 421]) func `An answer about the connection is asked for once more`(
    status: Int
  ) throws {
    let text = try onLoop {
      try await ScriptedServer.run { stream in
        _ = try await stream.requestHead()
        try await stream.respond("first")
        if try await stream.requestHead().contains("second") {
          try await stream.respond("", "Connection: close\r\n", status: "\(status) X")
        }
      } while: { (server: ScriptedServer) async throws in
        let client = HTTPClient()
        _ = try await client.get(server.url)
        return try await client.get(server.url + "second").text
      }
    }
    #expect(text == "first")
  }

  // MARK: Unix sockets

  @Test func `A Unix socket is asked like a server`() throws {
    let path = "/tmp/asyncio-http-\(UUID().uuidString).sock"
    let page = try onLoop {
      let listener = try await UnixListener.bind(path: path)
      let serving = createTask {
        try await listener.serve { stream in
          let head = String(decoding: try await stream.readUntil("\r\n\r\n"), as: UTF8.self)
          let host = head.contains("Host: docker\r\n")
          try await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(host ? "y" : "n")")
        }
      }
      var configuration = HTTPClient.Configuration()
      configuration.unixSocket = path
      let page = try await HTTPClient(configuration).get("http://docker/info")
      listener.stop(grace: .zero)
      try await serving.value
      return page.text
    }
    #expect(page == "y")
    var configuration = HTTPClient.Configuration()
    configuration.unixSocket = path
    #expect(try failure(configuration, of: .init("http://docker/")).message.contains(path))
  }
}
