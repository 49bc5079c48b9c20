// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import TestSupport
import Testing

/// A request may be cancelled at any point, and leaves nothing behind.
@Suite(.serialized) struct CancellationTests {
  /// A server that answers in several pieces, with turns of the loop between them.
  private static func serve(_ stream: TCPStream) async throws {
    while true {
      do { try await stream.readUntil("\r\n\r\n") } catch is IncompleteReadError { return }
      for piece in ["HTTP/1.1 200 OK\r\nContent-", "Length: 10\r\n\r\n", "hello", "world"] {
        try await stream.write(piece)
        await Task.yield()
      }
    }
  }

  /// Starts ten requests at a time, and cancels two of three after some turns of the loop.
  private static func cancelAtRandom(
    _ rounds: Int, _ client: HTTPClient, _ url: String, expecting text: String, turns: Int
  ) async throws -> (answered: Int, cancelled: Int) {
    var state: UInt64 = 9
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var (answered, cancelled) = (0, 0)
    for _ in 0..<rounds {
      let tasks = (0..<10).map { _ in createTask { try await client.get(url).text } }
      for task in tasks {
        for _ in 0..<random(turns) { await Task.yield() }
        if random(3) > 0 { task.cancel() }
      }
      for task in tasks {
        switch await task.result {
        case .success(let page):
          #expect(page == text)
          answered += 1
        case .failure(let error):
          #expect(error is CancellationError, "\(error)")
          cancelled += 1
        }
      }
    }
    return (answered, cancelled)
  }

  @Test func `Requests that are cancelled at random leave neither a slot taken nor a task`()
    throws
  {
    try onLoop { () async throws in
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let serving = createTask { try await listener.serve(Self.serve) }
      let url = "http://127.0.0.1:\(listener.localAddress.port)/"
      var configuration = HTTPClient.Configuration()
      configuration.maxConnectionsPerHost = 4
      let before = EventLoop.current?.tasks.count
      do {
        let client = HTTPClient(configuration)
        let (answered, cancelled) = try await Self.cancelAtRandom(
          1_000, client, url, expecting: "helloworld", turns: 12)
        #expect(answered > 500 && cancelled > 500)
        // All slots are free: as many requests as there are go at once.
        let texts = try await gather(0..<8) { _ in try await client.get(url).text }
        #expect(texts == [String](repeating: "helloworld", count: 8))
      }
      listener.stop(grace: .zero)
      try await serving.value
      #expect(EventLoop.current?.tasks.count == before.map { $0 - 1 })
    }
  }

  @Test func `The same by HTTP/2, where requests share a connection`() throws {
    try onLoop { () async throws in
      var configuration = HTTPClient.Configuration()
      configuration.trustedCertificates = Servers.shared.certificate
      let client = HTTPClient(configuration)
      let url = Servers.shared.nginxTLS("/hello.txt")
      #expect(try await client.get(url).head.version == "2")
      let (answered, cancelled) = try await Self.cancelAtRandom(
        100, client, url, expecting: "hello\n", turns: 20)
      #expect(answered > 50 && cancelled > 50)
      #expect(try await client.get(url).text == "hello\n")
    }
  }
}
