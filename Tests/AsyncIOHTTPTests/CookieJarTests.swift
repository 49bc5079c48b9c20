// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Cookies of a client, and who asks.
@Suite struct CookieJarTests {
  @Test func `A cookie that a redirect sets goes with the next request`() throws {
    let jar = CookieJar()
    var configuration = HTTPClient.Configuration()
    configuration.cookies = jar
    let asked = try onLoop { [configuration] in
      try await HTTPClient(configuration).get(Peers.shared.url("/set-cookie"))
        .json(as: Peers.Asked.self)
    }
    #expect(asked.headers["cookie"] == "session=s1")
    let cookie = try #require(jar.cookies(for: Peers.shared.url("/")).first)
    #expect(cookie.isHTTPOnly && cookie.isHostOnly && cookie.path == "/" && cookie.expires == nil)
    #expect(jar.count == 2)
    jar.removeAll()
    #expect(jar.count == 0)
  }

  @Test func `Without a jar no cookie is kept`() throws {
    let asked = try onLoop {
      try await HTTPClient().get(Peers.shared.url("/set-cookie")).json(as: Peers.Asked.self)
    }
    #expect(asked.headers["cookie"] == nil)
  }

  @Test func `The list of public suffixes is the system's`() {
    let jar = CookieJar()
    #expect(!jar.set("a=1; Domain=co.uk", from: "https://shop.co.uk/"))
    #expect(!jar.set("a=1; Domain=github.io", from: "https://me.github.io/"))
    #expect(jar.set("a=1; Domain=example.co.uk", from: "https://shop.example.co.uk/"))
    #expect(jar.cookies(for: "https://other.example.co.uk/").map(\.name) == ["a"])
    #expect(!jar.set("a=1", from: "no URL"))
  }

  @Test func `A name and password, or a token`() throws {
    try onLoop { () async throws in
      var request = HTTPClient.Request(Peers.shared.url("/echo"))
      request.authorization = .basic(user: "Ü", password: "p:w")
      let basic = try await HTTPClient().execute(request).json(as: Peers.Asked.self)
      #expect(basic.headers["authorization"] == "Basic \(Data("Ü:p:w".utf8).base64EncodedString())")
      request.authorization = .bearer("t0ken")
      let bearer = try await HTTPClient().execute(request).json(as: Peers.Asked.self)
      #expect(bearer.headers["authorization"] == "Bearer t0ken")
      request.headers[.authorization] = "Other x"
      let own = try await HTTPClient().execute(request).json(as: Peers.Asked.self)
      #expect(own.headers["authorization"] == "Other x")
    }
  }
}
