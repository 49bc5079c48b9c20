// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// Against a server that breaks the rules of HTTP/1.1, or follows those that clients forget.
@Suite struct FaultTests {
  private let server: FaultServer
  private let port: String

  init() throws {
    server = try FaultServer("faults.py")
    port = String(server.line().split(separator: " ").first ?? "")
  }

  private func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  private func execute(
    _ path: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:],
    body: [UInt8]? = nil, _ configuration: HTTPClient.Configuration = .init()
  ) throws -> HTTPClient.Response {
    let request = HTTPClient.Request(url(path), method: method, headers: headers, body: body)
    return try onLoop { try await HTTPClient(configuration).execute(request) }
  }

  private func failure(_ path: String) throws -> HTTPError {
    try AsyncIOHTTPTests.failure(of: .init(url(path)))
  }

  /// What the server says it was asked in the end.
  private struct Asked: Decodable {
    let method: String
    let headers: [String: String]
    let body: String
  }

  private static func asked(_ response: HTTPClient.Response) throws -> Asked {
    try JSONDecoder().decode(Asked.self, from: Data(response.body))
  }

  struct Redirect: CustomTestStringConvertible {
    let status: Int
    let method: HTTPRequest.Method
    let becomes: String
    let keepsBody: Bool
    var testDescription: String { "\(status) \(method) -> \(becomes)" }

    init(_ status: Int, _ method: HTTPRequest.Method, _ becomes: String, _ keepsBody: Bool) {
      (self.status, self.method, self.becomes, self.keepsBody) = (
        status, method, becomes, keepsBody
      )
    }
  }

  @Test(arguments: [
    Redirect(301, .post, "GET", false), Redirect(302, .post, "GET", false),
    Redirect(303, .post, "GET", false), Redirect(303, .put, "GET", false),
    Redirect(301, .put, "PUT", true), Redirect(302, .put, "PUT", true),
    Redirect(307, .post, "POST", true), Redirect(308, .put, "PUT", true),
    Redirect(307, .delete, "DELETE", true),
  ])
  func `A redirect keeps method and body, or makes a GET of both`(redirect: Redirect) throws {
    let response = try execute(
      "/p01/\(redirect.status)/a", method: redirect.method,
      headers: [.contentType: "text/plain"], body: Array("data".utf8))
    let asked = try Self.asked(response)
    #expect(asked.method == redirect.becomes)
    #expect(asked.body == (redirect.keepsBody ? "data" : ""))
    #expect(asked.headers["content-type"] == (redirect.keepsBody ? "text/plain" : nil))
    #expect(response.url.hasSuffix("/p01/target"))
  }

  @Test func `A POST on a connection that the server closes is not sent twice, a GET is`() throws {
    let url = url("/p03")
    let (posts, gets) = try onLoop { () async throws -> (String, String) in
      let client = HTTPClient()
      _ = try await client.get(url + "/post")
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(.init(url + "/post", method: .post, body: [1]))
      }
      #expect(error?.code == .connection)
      let posts = try await HTTPClient().get(url + "/post").text
      _ = try await client.get(url + "/get")
      // The second on its connection is never answered: a third is made, on another.
      let gets = try await client.get(url + "/get").text
      return (posts, gets)
    }
    // Two of the client before, one of the POST, one of the look: each was seen once.
    #expect(posts.contains("\"/p03/post\": 3"))
    #expect(gets.contains("\"/p03/get\": 3"))
  }

  @Test func `Lengths of HEAD and 304 are no bodies, and the connection goes on`() throws {
    let url = url("/p04")
    try onLoop {
      let client = HTTPClient()
      let head = try await client.execute(.init(url, method: .head))
      #expect(head.headers[.contentLength] == "100000000" && head.body.isEmpty)
      let cached = try await client.execute(.init(url, headers: [.ifNoneMatch: "x"]))
      #expect(cached.status == .notModified && cached.body.isEmpty)
      let echo = try await client.get(url.replacing("/p04", with: "/echo"))
      #expect(echo.status == .ok)
    }
  }

  @Test func `The head is there before the first byte of the body`() throws {
    let url = url("/p05/200")
    try onLoop {
      try await HTTPClient().stream(.init(url)) { head, chunks in
        #expect(head.headers[.contentType] == "text/event-stream")
        let silent = try await moveOn(after: .milliseconds(200)) {
          var iterator = chunks.makeAsyncIterator()
          return try await iterator.next()
        }
        #expect(silent == nil)
      }
    }
  }

  @Test(arguments: ["gzip", "br", "zstd"])
  func `A few bytes that stand for many do not hold up the loop`(coding: String) throws {
    let url = url("/p06/\(coding)/16")
    try onLoop {
      let turns = Mutex(0)
      let other = createTask {
        while !Task.isCancelled {
          turns.withLock { $0 += 1 }
          await Task.yield()
        }
      }
      var (first, last) = (0, 0)
      let count = try await HTTPClient().stream(.init(url)) { _, chunks in
        var count = 0
        for try await chunk in chunks {
          #expect(chunk.count <= 64 << 10)
          if count == 0 { first = turns.withLock { $0 } }
          count += chunk.count
          last = turns.withLock { $0 }
        }
        return count
      }
      #expect(count == 16 << 20)
      // A turn for each quarter of a MiB, though the bytes are all there.
      #expect(last - first >= 60)
      other.cancel()
      try await other.value
    }
  }

  @Test func `Several members of gzip are one body`() throws {
    #expect(try execute("/p08").text == "foobar")
  }

  @Test func `A coding that is not known passes through with its field`() throws {
    let response = try execute("/p09/x-unknown")
    #expect(response.text == "plain text" && response.headers[.contentEncoding] == "x-unknown")
  }

  @Test(arguments: ["gzip", "br", "zstd"])
  func `A coding that the body does not have is an error`(coding: String) throws {
    #expect(try failure("/p09/\(coding)").code == .invalidResponse)
  }

  @Test(arguments: [300, 304, 305, 306])
  func `Some of 3xx are answers`(status: Int) throws {
    #expect(try execute("/p11/\(status)").status.code == status)
  }

  @Test func `Folded lines are put together, and inject nothing`() throws {
    let headers = try execute("/p13").headers
    #expect(headers[.named("X-Long")] == "one   two  \tthree")
    #expect(headers[.contentType]?.hasSuffix("boundary=abc") == true)
    #expect(headers[.named("Injected")] == nil)
  }

  @Test func `Values keep bytes that are not UTF-8`() throws {
    let headers = try execute("/p14").headers
    let field = try #require(headers.first { $0.name == .contentDisposition })
    let bytes = field.withUnsafeBytesOfValue { Array($0) }
    #expect(bytes.contains(0xE9))
  }

  @Test func `Trailers change nothing of what the head has said`() throws {
    for kind in ["a", "b"] {
      let response = try execute("/p15/\(kind)")
      #expect(response.text == (kind == "a" ? "" : "abc"))
      #expect(response.headers[.setCookie] == nil && response.headers[.contentLength] == nil)
    }
  }

  @Test func `Lengths that are the same are one, those that differ are an error`() throws {
    #expect(try execute("/p15/d").text == "abc")
    #expect(try failure("/p15/e").code == .invalidResponse)
    #expect(try failure("/p15/f").code == .invalidResponse)
  }

  @Test func `A redirect to itself that wants a cookie ends at the limit`() throws {
    #expect(try failure("/p16").code == .tooManyRedirects)
  }

  @Test func `What is secret for one server is not told another`() throws {
    let response = try execute(
      "/p19/a", headers: [.authorization: "secret", .cookie: "a=b", .accept: "x"])
    let asked = try Self.asked(response)
    #expect(asked.headers["authorization"] == nil && asked.headers["cookie"] == nil)
    #expect(asked.headers["accept"] == "x")
  }

  @Test func `An answer that comes before the body was sent is the answer`() throws {
    let response = try execute(
      "/p19/blinger", method: .post, body: [UInt8](repeating: 1, count: 8 << 20))
    #expect(response.status.code == 413)
  }

  @Test func `Informational heads come before the one that counts`() throws {
    let response = try execute("/p19/c")
    #expect(response.text == "ok")
    #expect(response.headers[.named("X-Early")] == nil)
    #expect(response.headers[.named("X-Final")] == "1")
  }

  @Test(arguments: ["d", "e"])
  func `Half a compressed body is no success`(kind: String) throws {
    #expect(try failure("/p19/\(kind)").code == .invalidResponse)
  }

  @Test func `No field says more than the user does`() throws {
    let asked = try Self.asked(
      try execute("/echo", method: .post, body: Array("x".utf8)))
    #expect(asked.headers["content-type"] == nil)
    #expect(asked.headers["expect"] == nil)
  }

  @Test func `A name and password of a URL are sent to it as Basic, RFC 7617`() throws {
    let url = url("/echo").replacing("http://", with: "http://user:p%40ss@")
    let response = try onLoop { try await HTTPClient().get(url) }
    #expect(try Self.asked(response).headers["authorization"] == "Basic dXNlcjpwQHNz")
    #expect(!response.url.contains("p%40ss"))
  }
}

/// Against a server of HTTP/2 that breaks the rules, or follows those that clients forget.
@Suite struct HTTP2FaultTests {
  private let server: FaultServer
  private let ports: [String: String]

  init() throws {
    server = try FaultServer("h2bad.py")
    var ports: [String: String] = [:]
    while true {
      let parts = server.line().split(separator: " ")
      guard parts.count == 2 else { break }
      ports[String(parts[0])] = String(parts[1])
    }
    self.ports = ports
  }

  private func url(_ name: String) throws -> String {
    "http://127.0.0.1:\(try #require(ports[name]))/"
  }

  private static var configuration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.version = .http2
    return configuration
  }

  @Test func `Without TLS one connection serves many requests`() throws {
    let url = try url("plain")
    try onLoop { () async throws in
      let client = HTTPClient(Self.configuration)
      for _ in 0..<3 { #expect(try await client.get(url).text == "hello") }
    }
    #expect(server.line() == "plain connection 1 stream 1")
    #expect(server.line() == "plain connection 1 stream 3")
    #expect(server.line() == "plain connection 1 stream 5")
  }

  // The second reads the whole body first, and opens no window for more than fits into the first.
  @Test(arguments: [("early", 1 << 20), ("late", 10_000)])
  func `A whole answer stands, though the server then resets the request`(
    name: String, size: Int
  ) throws {
    let url = try url(name)
    let response = try onLoop {
      try await HTTPClient(Self.configuration).execute(
        .init(url, method: .post, body: [UInt8](repeating: 1, count: size)))
    }
    #expect(response.text == "hello")
  }

  @Test(arguments: [HTTPRequest.Method.get, .post])
  func `A request that was refused is sent again`(method: HTTPRequest.Method) throws {
    let url = try url("refused")
    let response = try onLoop {
      try await HTTPClient(Self.configuration).execute(.init(url, method: method, body: [1]))
    }
    #expect(response.text == "hello")
  }

  @Test func `Requests above the last of a GOAWAY are sent again, on another connection`() throws {
    let url = try url("goaway")
    let texts = try onLoop {
      let client = HTTPClient(Self.configuration)
      return try await gather(0..<3) { _ in
        try await client.execute(.init(url, method: .post, body: [1])).text
      }
    }
    #expect(texts == ["hello", "hello", "hello"])
  }

  @Test func `A POST on a connection that ends is not sent twice, a GET is`() throws {
    let url = try url("drop")
    try onLoop { () async throws in
      let client = HTTPClient(Self.configuration)
      #expect(try await client.get(url).text == "hello")
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(.init(url, method: .post, body: [1]))
      }
      #expect(error?.code == .connection)
      #expect(try await client.get(url).text == "hello")
      #expect(try await client.get(url).text == "hello")
    }
  }
}

extension HTTPField.Name {
  /// A name that is a token.
  fileprivate static func named(_ name: String) -> HTTPField.Name {
    HTTPField.Name(name) ?? .accept
  }
}
