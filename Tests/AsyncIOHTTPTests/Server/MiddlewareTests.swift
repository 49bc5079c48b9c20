// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// What comes with the server to be put around handlers.
@Suite(.timeLimit(.minutes(2))) struct MiddlewareTests {
  private static func app(
    _ middleware: Middleware..., routes: (inout Router) -> Void
  ) -> HTTPServer {
    var app = Router()
    for one in middleware { app.use(one) }
    routes(&app)
    return HTTPServer(app)
  }

  private static let requestID = HTTPField.Name.of("X-Request-ID")

  @Test func `A request has a name, its own if that is fit`() throws {
    try onLoop { () async throws in
      let server = Self.app(.requestID) { app in
        app.get("/") { request in .text(request.id ?? "none") }
        app.get("/error") { _ in throw StatusError(.conflict) }
      }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        let client = HTTPClient()
        let made = try await client.get(here.url + "/")
        #expect(made.headers[Self.requestID] == made.text)
        #expect(made.text.count == 32)
        let kept = try await client.get(here.url + "/", headers: [Self.requestID: "a-1.b:2"])
        #expect(kept.text == "a-1.b:2")
        let unfit = try await client.get(here.url + "/", headers: [Self.requestID: "a b\"c"])
        #expect(unfit.text.count == 32)
        let error = try await client.get(here.url + "/error", headers: [Self.requestID: "e"])
        #expect(error.headers[Self.requestID] == "e")
      }
    }
  }

  @Test func `The access log says what was sent, and how the request ended`() throws {
    try onLoop { () async throws in
      let entries = Mutex([AccessLogEntry]())
      let logged = AsyncQueue<Void>()
      let log = Middleware.accessLog { entry in
        entries.withLock { $0.append(entry) }
        _ = logged.tryPut(())
      }
      let server = Self.app(log) { app in
        app.get("/stream") { _ in
          .stream(contentType: "text/plain") { writer in
            for _ in 0..<3 { try await writer.write("abc") }
          }
        }
        app.get("/cut") { _ in
          .stream(contentType: "text/plain") { writer in
            try await writer.write("abc")
            throw StatusError(.conflict)
          }
        }
      }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        _ = try await here.exchange(
          "GET /stream?secret=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: \"me\"\u{1B}[2J\r\n\r\n"
            .replacing(
              "\u{1B}", with: "") + "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = try await here.exchange("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<3 { try await logged.get() }
        let all = entries.withLock { $0 }
        #expect(all.map(\.outcome.status?.code) == [200, 404, 200])
        #expect(all.map(\.outcome.isComplete) == [true, true, false])
        #expect(all.map(\.outcome.bytesSent) == [9, 14, 3])
        let line = try #require(all.first?.common)
        #expect(line.hasPrefix("127.0.0.1 - - ["))
        #expect(
          line.hasSuffix(#""GET /stream?secret=1 HTTP/1.1" 200 9 "-" "\x22me\x22[2J""#))
        #expect(all.first?.json.contains(#""status":200"#) == true)
      }
    }
  }

  @Test(arguments: ["gzip", "br", "zstd", "deflate, identity", "gzip;q=0, br;q=0.5, *;q=0.1", ""])
  func `A body is compressed for those who understand it`(accept: String) throws {
    let text = String(repeating: "All that is here is here again. ", count: 500)
    try onLoop { () async throws in
      let server = Self.app(.compression) { app in
        app.get("/") { _ in .text(text) }
        app.get("/small") { _ in .text("small") }
        app.get("/image") { _ in .bytes(Array(text.utf8), contentType: "image/png") }
        app.get("/stream") { _ in
          .stream(contentType: "text/plain") { writer in
            for _ in 0..<10 { try await writer.write(String(text.prefix(1000))) }
          }
        }
      }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        let client = HTTPClient()
        let expected =
          accept.hasPrefix("gzip;") ? "br" : accept == "deflate, identity" ? "" : accept
        let headers: HTTPFields = [.acceptEncoding: accept]
        let response = try await client.get(here.url + "/", headers: headers)
        #expect(response.text == text)
        #expect(response.headers[.vary] == "Accept-Encoding")
        #expect(response.story.bytesReceived < 2000 || expected.isEmpty)
        let streamed = try await client.get(here.url + "/stream", headers: headers)
        #expect(streamed.body.count == 10_000)
        #expect(streamed.story.bytesReceived < 5000 || expected.isEmpty)
        #expect(try await client.get(here.url + "/small", headers: headers).headers[.vary] == nil)
        let image = try await client.get(here.url + "/image", headers: headers)
        #expect(image.headers[.contentLength] == String(text.utf8.count))
      }
    }
  }

  @Test func `A name and a password are asked for`() throws {
    try onLoop { () async throws in
      let authentication = Middleware.basicAuthentication(realm: "a \"b\"") { user, password in
        user == "jürgen" && Middleware.constantTimeEqual(password, "a:b")
      }
      let server = Self.app(authentication) { app in app.get("/") { _ in .text("in") } }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        let client = HTTPClient()
        let asked = try await client.get(here.url + "/")
        #expect(asked.status == .unauthorized)
        #expect(asked.headers[.wwwAuthenticate] == "Basic realm=\"a b\", charset=\"UTF-8\"")
        let right = "asO8cmdlbjphOmI="
        let all = [
          ("Basic \(right)", 200), ("basic \(right.dropLast(1))", 200), ("Bearer \(right)", 401),
          ("Basic \(right) x", 401), ("Basic ====", 401), ("Basic \(right.dropLast(3))", 401),
          ("Basic asO8cmdlbjphOmM=", 401),
          ("Basic asO8cmdlOmE6Yg==", 401),
          ("Basic avxyZ2VuOmE6Yg==", 401),
          ("Basic asO8cmdlbg==", 401),
          ("Basic asO8cmdlbjph", 401),
          ("Basic ", 401),
        ]
        for (value, status) in all {
          let response = try await client.get(here.url + "/", headers: [.authorization: value])
          #expect(response.status.code == status, "\(value)")
        }
      }
    }
  }

  @Test func `A handler that takes too long is cancelled`() throws {
    try onLoop { () async throws in
      let cancelled = AsyncEvent()
      let server = Self.app(.timeout(.milliseconds(20))) { app in
        app.get("/") { _ in
          defer { cancelled.set() }
          try await sleep(for: .seconds(1000))
          return .ok
        }
      }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        #expect(try await HTTPClient().get(here.url + "/").status == .serviceUnavailable)
        #expect(cancelled.isSet)
      }
    }
  }

  @Test func `Pages of other origins may do what they are allowed to`() throws {
    try onLoop { () async throws in
      var options = CORSOptions()
      options.origins = ["https://a.example"]
      options.allowsCredentials = true
      options.exposedHeaders = ["X-Total"]
      let server = Self.app(.cors(options)) { app in
        app.get("/") { _ in .text("in") }
        app.get("/error") { _ in throw StatusError(.conflict) }
      }
      let origin = HTTPField.Name.of("Origin")
      let allow = HTTPField.Name.of("Access-Control-Allow-Origin")
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        let client = HTTPClient()
        for path in ["/", "/error", "/none"] {
          let good = try await client.get(
            here.url + path, headers: [origin: "https://a.example"])
          #expect(good.headers[allow] == "https://a.example")
          #expect(good.headers[.vary] == "Origin")
          let bad = try await client.get(here.url + path, headers: [origin: "https://b.example"])
          #expect(bad.headers[allow] == nil)
          #expect(bad.headers[.vary] == "Origin")
        }
        let question = try await here.exchange(
          "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n"
            + "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: X-A\r\n"
            + "Connection: close\r\n\r\n")
        let answer = try #require(RawAnswer(question))
        #expect(answer.status == "204 No Content")
        #expect(answer.fields["access-control-allow-headers"] == "X-A")
        #expect(answer.fields["access-control-allow-methods"]?.contains("PUT") == true)
        #expect(answer.fields["access-control-allow-credentials"] == "true")
      }
    }
  }

  @Test func `Events are sent as they come, and end when the server stops`() throws {
    try onLoop { () async throws in
      let server = Self.app(.compression) { app in
        app.get("/events") { _ in
          .events { events in
            try await events.send(.init("one\ntwo", name: "greeting", id: "7", retry: .seconds(2)))
            try await sleep(for: .seconds(1000))
          }
        }
        app.get("/sequence") { _ in
          .events(
            AsyncStream { stream in
              stream.yield("a")
              stream.yield("b")
              stream.finish()
            })
        }
      }
      try await ServedHere.run(server) { (here: ServedHere) async throws in
        let client = HTTPClient()
        let all = try await client.get(here.url + "/sequence")
        #expect(all.text == "data: a\n\ndata: b\n\n")
        #expect(all.headers[.contentType] == "text/event-stream")
        try await client.stream(.init(here.url + "/events")) {
          (response: HTTPClient.StreamedResponse) async throws in
          var events = response.events.makeAsyncIterator()
          let event = try #require(try await events.next())
          #expect(event.data == "one\ntwo")
          #expect(event.name == "greeting")
          #expect(event.id == "7")
          #expect(event.retry == .seconds(2))
          let report = await here.server.shutdown(grace: .seconds(100))
          #expect(report.cancelled.isEmpty)
          // Ended, not cut.
          #expect(try await events.next() == nil)
        }
      }
    }
  }
}
