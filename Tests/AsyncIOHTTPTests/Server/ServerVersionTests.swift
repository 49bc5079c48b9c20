// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import AsyncIOTLS
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// The server by TLS and HTTP/2.
@Suite(.timeLimit(.minutes(2))) struct ServerVersionTests {
  private static var identity: TLSConfiguration.Identity {
    get async throws {
      let certificate = Servers.shared.certificate
      let key = URL(fileURLWithPath: certificate).deletingLastPathComponent()
        .appendingPathComponent("key.pem").path
      return try await .files(chain: certificate, key: key)
    }
  }

  private static func run(
    _ configuration: HTTPServer.Configuration = .init(), _ handler: @escaping HTTPServer.Handler,
    _ body: (HTTPServer, Int) async throws -> Void
  ) async throws {
    let server = HTTPServer(configuration: configuration, handler)
    let listener = try await TLSListener.bind(host: "127.0.0.1", port: 0) {
      .http(try await Self.identity)
    }
    let serving = createTask { try await server.serve(on: listener) }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server, listener.localAddress.port)) } catch {
      result = .failure(error)
    }
    await server.shutdown(grace: .zero)
    try await serving.value
    try result.get()
  }

  private static var client: HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.trustedCertificates = Servers.shared.certificate
    return HTTPClient(configuration)
  }

  private static let echo: HTTPServer.Handler = { request in
    .stream(contentType: "text/plain") { writer in
      for try await piece in request.body { try await writer.write(piece) }
      writer.trailers = [.of("X-Version"): request.version]
    }
  }

  @Test func `Requests share a connection of HTTP/2, with bodies both ways and trailers`() throws {
    try onLoop { () async throws in
      try await Self.run(.init(), Self.echo) { (_, port: Int) async throws in
        let client = Self.client
        let bodies = (0..<20).map { count in [UInt8](repeating: UInt8(count), count: count * 20_000)
        }
        try await withTaskScope { scope in
          for body in bodies {
            scope.spawn {
              let response = try await client.execute(
                .init("https://localhost:\(port)/", method: .post, content: .bytes(body)))
              #expect(response.head.version == "2")
              #expect(response.body == body)
              #expect(response.trailers[.of("X-Version")] == "2")
            }
          }
        }
      }
    }
  }

  @Test func `Heads of HTTP/2 say what those of HTTP/1 do`() throws {
    try onLoop { () async throws in
      let handler: HTTPServer.Handler = { request in
        switch request.path {
        case "/empty": return .noContent
        case "/error": throw StatusError(.conflict, "sold out", headers: [.retryAfter: "5"])
        case "/fault": throw IncompleteReadError(partial: [], expected: 1)
        default:
          return .text(
            "\(request.scheme) \(request.host) \(request.query["q"] ?? "") \(request.peer)")
        }
      }
      try await Self.run(.init(), handler) { (_, port: Int) async throws in
        let client = Self.client
        let url = "https://localhost:\(port)"
        let response = try await client.get(url + "/a?q=%C3%A4")
        #expect(response.text.hasPrefix("https localhost:\(port) ä 127.0.0.1:"))
        #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(response.headers[.date] != nil)
        #expect(try await client.get(url + "/empty").status == .noContent)
        let error = try await client.get(url + "/error")
        #expect(error.status == .conflict && error.text == "sold out\n")
        #expect(error.headers[.retryAfter] == "5")
        #expect(try await client.get(url + "/fault").status == .internalServerError)
        let head = try await client.execute(.init(url + "/", method: .head))
        #expect(head.body.isEmpty && head.headers[.contentLength] != nil)
      }
    }
  }

  @Test func `A client that leaves a stream cancels its handler, and no other`() throws {
    try onLoop { () async throws in
      let (begun, cancelled, go) = (AsyncEvent(), AsyncEvent(), AsyncEvent())
      let handler: HTTPServer.Handler = { request in
        if request.path == "/long" {
          begun.set()
          do { try await sleep(for: .seconds(1000)) } catch {
            cancelled.set()
            throw error
          }
        }
        try await go.wait()
        return .text("other")
      }
      try await Self.run(.init(), handler) { (_, port: Int) async throws in
        let client = Self.client
        let other = createTask { try await client.get("https://localhost:\(port)/other").text }
        let long = createTask { try await client.get("https://localhost:\(port)/long") }
        try await begun.wait()
        long.cancel()
        try await cancelled.wait()
        go.set()
        #expect(try await other.value == "other")
      }
    }
  }

  @Test func `A server that stops answers what was begun, by both versions`() throws {
    try onLoop { () async throws in
      let begun = AsyncSemaphore(permits: 0)
      let handler: HTTPServer.Handler = { request in
        begun.release()
        try await request.drained()
        return .text("last words")
      }
      try await Self.run(.init(), handler) { (server: HTTPServer, port: Int) async throws in
        var old = HTTPClient.Configuration()
        old.trustedCertificates = Servers.shared.certificate
        old.version = .http1
        let clients = [Self.client, HTTPClient(old)]
        let answers = clients.map { client in
          createTask { try await client.get("https://localhost:\(port)/") }
        }
        try await begun.acquire(count: 2)
        let report = await server.shutdown(grace: .seconds(100))
        #expect(report.cancelled.isEmpty)
        for answer in answers { #expect(try await answer.value.text == "last words") }
        await #expect(throws: HTTPError.self) {
          try await clients[0].get("https://localhost:\(port)/")
        }
      }
    }
  }

  @Test func `What does not end in time is cancelled, and named`() throws {
    try onLoop { () async throws in
      let begun = AsyncEvent()
      let handler: HTTPServer.Handler = { _ in
        begun.set()
        try await sleep(for: .seconds(1000))
        return .ok
      }
      try await Self.run(.init(), handler) { (server: HTTPServer, port: Int) async throws in
        let client = Self.client
        let answer = createTask { try await client.get("https://localhost:\(port)/long?secret") }
        try await begun.wait()
        let report = await server.shutdown(grace: .milliseconds(10))
        #expect(report.cancelled.map(\.path) == ["/long"])
        #expect(report.cancelled.map(\.method) == [.get])
        await #expect(throws: HTTPError.self) { try await answer.value }
      }
    }
  }

  @Test func `A body that is too large is refused, and one that is announced so before it comes`()
    throws
  {
    var configuration = HTTPServer.Configuration()
    configuration.limits.body = 100_000
    try onLoop { [configuration] () async throws in
      try await Self.run(
        configuration,
        { request in
          .text(String(try await request.body.collect(upTo: .max).count))
        }
      ) { (_, port: Int) async throws in
        let client = Self.client
        let url = "https://localhost:\(port)/"
        let fits = try await client.post(url, .bytes([UInt8](repeating: 1, count: 100_000)))
        #expect(fits.text == "100000")
        let large = try await client.post(url, .bytes([UInt8](repeating: 1, count: 100_001)))
        #expect(large.status == .contentTooLarge)
        let pieces = AsyncStream { stream in
          for _ in 0..<20 { stream.yield([UInt8](repeating: 1, count: 10_000)) }
          stream.finish()
        }
        let stream = try await client.post(url, .sequence(pieces))
        #expect(stream.status == .contentTooLarge)
      }
    }
  }

  @Test func `h2load and curl are served`() throws {
    try onLoop { () async throws in
      try await Self.run(.init(), { _ in .text("hello") }) { (_, port: Int) async throws in
        let load = try await Subprocess.run(
          .name("h2load"),
          arguments: ["-n", "2000", "-c", "10", "-m", "50", "https://127.0.0.1:\(port)/"])
        #expect(load.outputText.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"))
        for version in ["--http1.1", "--http2"] {
          let curl = try await Subprocess.run(
            .name("curl"),
            arguments: [
              "-sS", version, "--cacert", Servers.shared.certificate, "-w",
              "%{http_version} %{http_code}",
              "--noproxy", "*", "https://localhost:\(port)/",
            ])
          #expect(curl.outputText == (version == "--http2" ? "hello2 200" : "hello1.1 200"))
        }
      }
    }
  }

  @Test func `HTTP/2 without TLS only where it was allowed`() throws {
    for isAllowed in [true, false] {
      var configuration = HTTPServer.Configuration()
      configuration.allowsPriorKnowledge = isAllowed
      try onLoop { [configuration] () async throws in
        try await ServedHere.run(
          configuration: configuration,
          { request in
            .text(request.version)
          }
        ) { (here: ServedHere) async throws in
          let curl = try await Subprocess.run(
            .name("curl"),
            arguments: ["-sS", "--http2-prior-knowledge", "--noproxy", "*", here.url])
          #expect((curl.outputText == "2") == isAllowed)
          let plain = try await Subprocess.run(
            .name("curl"), arguments: ["-sS", "--noproxy", "*", here.url])
          #expect(plain.outputText == "1.1")
        }
      }
    }
  }
}
