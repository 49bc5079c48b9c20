// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import HTTPCore
import HTTPTypes
import TestSupport
import Testing

@testable import AsyncIOHTTP

/// Requests by way of a proxy.
@Suite struct ProxyTests {
  private static func client(
    _ proxy: HTTPClient.Proxy, trust: Bool = false
  ) -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.proxy = proxy
    if trust { configuration.trustedCertificates = Servers.shared.certificate }
    return HTTPClient(configuration)
  }

  private static func line(_ peers: Peers) throws -> Peers.Proxied {
    try JSONDecoder().decode(Peers.Proxied.self, from: Data(peers.server.line().utf8))
  }

  @Test func `A plain request names the host to the proxy, and nothing secret to the server`()
    throws
  {
    let peers = try Peers()
    let answer = try onLoop {
      try await Self.client(.url("http://user:p%40ss@127.0.0.1:\(peers.proxy)")).get(
        "http://example.test:8080/path?q=1"
      ).json(as: Peers.Proxied.self)
    }
    #expect(answer.target == "http://example.test:8080/path?q=1")
    #expect(answer.headers["host"] == "example.test:8080")
    #expect(
      answer.headers["proxy-authorization"]
        == "Basic \(Data("user:p@ss".utf8).base64EncodedString())")
    #expect(answer.headers["authorization"] == nil)
  }

  @Test func `A secure request goes through a tunnel`() throws {
    let peers = try Peers()
    let page = try onLoop {
      try await Self.client(.url("http://user:pass@127.0.0.1:\(peers.proxy)"), trust: true)
        .get(Servers.shared.nginxTLS("/hello.txt"))
    }
    #expect(page.text == "hello\n" && page.head.version == "2")
    let asked = try Self.line(peers)
    #expect(asked.method == "CONNECT" && asked.target == "localhost:\(Servers.shared.https)")
    #expect(asked.headers["proxy-authorization"] != nil)
    #expect(asked.headers["host"] == asked.target)
  }

  @Test func `A proxy that refuses is the one that is blamed`() throws {
    let peers = try Peers()
    try onLoop { () async throws in
      let client = Self.client(.url("http://wrong:x@127.0.0.1:\(peers.proxy)"), trust: true)
      let error = try await #require(throws: HTTPError.self) {
        _ = try await client.get(Servers.shared.nginxTLS("/hello.txt"))
      }
      #expect(error.code == .proxy && error.message.contains("407 Who?"))
      #expect(!error.description.contains("wrong:x"))
      // Asked itself, its answer is the answer.
      #expect(try await client.get("http://example.test/").status.code == 407)
      // One that is not there.
      let gone = Self.client(.url("http://127.0.0.1:\(Servers.shared.closed)"))
      let refused = try await #require(throws: HTTPError.self) {
        _ = try await gone.get("http://example.test/")
      }
      #expect(refused.code == .refused)
    }
  }

  @Test func `A proxy that wants a password gets none that is meant for others`() throws {
    let server = try FaultServer("faults.py")
    let port = server.line().split(separator: " ").first ?? ""
    try onLoop { () async throws in
      let client = Self.client(.url("http://127.0.0.1:\(port)"))
      let plain = try await client.get("http://user:secret@example.test/p17")
      #expect(plain.status.code == 407)
      let error = try await #require(throws: HTTPError.self) {
        _ = try await client.get("https://user:secret@example.test/")
      }
      #expect(error.code == .proxy && error.message.contains("407") && error.attempt == 0)
    }
    // The request for the tunnel: the first line is that of the plain request.
    _ = server.line()
    let tunnel = server.line()
    #expect(
      tunnel.contains("CONNECT") && !tunnel.lowercased().contains("authorization"), "\(tunnel)")
  }

  @Test func `A proxy that does not answer is given up`() throws {
    try onLoop { () async throws in
      try await ScriptedServer.run { stream in
        while try await !stream.read().isEmpty {}
      } while: { (server: ScriptedServer) async throws in
        var configuration = HTTPClient.Configuration()
        configuration.proxy = .url(server.url)
        configuration.timeouts.proxy = .milliseconds(30)
        let error = try await #require(throws: HTTPError.self) {
          _ = try await HTTPClient(configuration).get("https://example.test/")
        }
        #expect(error.phase == .proxy)
      }
    }
  }

  @Test func `A proxy that is none is an error, and no way round it`() throws {
    for url in ["socks5://127.0.0.1:1", "http://", "http://user:secret@a b/"] {
      let error = try onLoop {
        await #expect(throws: HTTPError.self) {
          _ = try await Self.client(.url(url)).get("http://example.test/")
        }
      }
      #expect(error?.code == .proxy && error?.message.contains("secret") == false)
    }
  }

  // MARK: The environment

  private static func route(
    _ url: String, _ environment: [String: String], _ proxy: HTTPClient.Proxy = .environment
  ) throws -> String {
    switch try ProxyTable(proxy, environment: { environment[$0] }).route(to: HostNames.url(url)) {
    case .direct: "direct"
    case .unix: "unix"
    case .proxy(let server): server.url.authority
    }
  }

  @Test(arguments: [
    ("http://a.test/", ["http_proxy": "http://p:1"], "p:1"),
    ("http://a.test/", ["http_proxy": "p:1"], "p:1"),
    ("http://a.test/", ["HTTP_PROXY": "http://p:1"], "direct"),
    ("https://a.test/", ["HTTPS_PROXY": "http://p:1"], "p:1"),
    ("https://a.test/", ["http_proxy": "http://p:1"], "direct"),
    ("https://a.test/", ["all_proxy": "http://p:1"], "p:1"),
    ("http://a.test/", ["ALL_PROXY": "http://p:1", "http_proxy": "http://q:2"], "q:2"),
    ("http://localhost/", ["http_proxy": "p:1"], "direct"),
    ("http://x.localhost./", ["http_proxy": "p:1"], "direct"),
    ("http://127.0.0.7/", ["http_proxy": "p:1"], "direct"),
    ("http://[::1]/", ["http_proxy": "p:1"], "direct"),
    ("http://a.test/", ["http_proxy": "p:1", "no_proxy": "*"], "direct"),
    ("http://a.test/", ["http_proxy": "p:1", "no_proxy": "a.test"], "direct"),
    ("http://b.a.test/", ["http_proxy": "p:1", "NO_PROXY": "x, a.test"], "direct"),
    ("http://b.a.test/", ["http_proxy": "p:1", "no_proxy": ".a.test"], "direct"),
    ("http://b.a.test./", ["http_proxy": "p:1", "no_proxy": "*.A.test."], "direct"),
    ("http://ba.test/", ["http_proxy": "p:1", "no_proxy": "a.test"], "p:1"),
    ("http://a.test:8080/", ["http_proxy": "p:1", "no_proxy": "a.test:80"], "p:1"),
    ("http://a.test:8080/", ["http_proxy": "p:1", "no_proxy": "a.test:8080"], "direct"),
    ("http://10.1.2.3/", ["http_proxy": "p:1", "no_proxy": "10.0.0.0/8"], "direct"),
    ("http://11.1.2.3/", ["http_proxy": "p:1", "no_proxy": "10.0.0.0/8"], "p:1"),
    ("http://10.0.0.1/", ["http_proxy": "p:1", "no_proxy": "10.0.0.1:80"], "direct"),
    ("http://[fe80::1]/", ["http_proxy": "p:1", "no_proxy": "fe80::/10"], "direct"),
    ("http://[2001:db8::0001]/", ["http_proxy": "p:1", "no_proxy": "[2001:db8::1]"], "direct"),
    ("http://10.1.2.3/", ["http_proxy": "p:1", "no_proxy": "10.0.0.0/99"], "p:1"),
    ("http://10.1.2.3/", ["http_proxy": "p:1", "no_proxy": "3"], "p:1"),
    ("http://a.test/", [:], "direct"),
  ])
  func `The environment says which way`(
    url: String, environment: [String: String], way: String
  ) throws {
    #expect(try Self.route(url, environment) == way)
  }

  @Test func `A proxy that a program names is used for this machine, too`() throws {
    #expect(try Self.route("http://127.0.0.1/", [:], .url("http://p:1")) == "p:1")
    #expect(
      try Self.route("http://127.0.0.1/", [:], .url("p:1", exceptions: "127.0.0.0/8")) == "direct")
    #expect(try Self.route("http://a.test/", ["http_proxy": "p:1"], .none) == "direct")
  }
}
