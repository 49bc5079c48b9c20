// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import HTTPTypes
import TestSupport
import Testing

/// Which handler answers which request.
@Suite(.timeLimit(.minutes(2))) struct RouterTests {
  private static var app: Router {
    var app = Router()
    app.get("/") { _ in .text("root") }
    app.get("/users/me") { _ in .text("me") }
    app.get("/users/{id}") { request, parameters in .text("user \(parameters["id"])") }
    app.post("/users/{name}") { request in .text("made \(request.parameters["name"])") }
    app.get("/users/{id}/posts/{post}") { request in
      let post = try request.parameters["post", as: Int.self]
      return .text("\(request.parameters["id"]) \(post)")
    }
    app.get("/files/{path...}") { request in .text("file \(request.parameters["path"])") }
    app.get("/search") { request in
      let limit = try request.query["limit", as: Int.self] ?? 10
      return .text("\(request.query["q"] ?? "nothing") \(limit)")
    }
    app.group("/admin") { admin in
      admin.use { request, next in
        guard request.header(.authorization) == "let me in" else {
          throw StatusError(.unauthorized)
        }
        return try await next(request)
      }
      admin.get("/") { _ in .text("admin") }
      admin.get("/jobs/{id}") { request in .text("job \(request.parameters["id"])") }
    }
    return app
  }

  @Test(arguments: [
    ("GET", "/", "200", "root"), ("GET", "/users/me", "200", "me"),
    ("GET", "/users/7", "200", "user 7"), ("GET", "/users/J%C3%BCrgen%2F", "200", "user Jürgen/"),
    ("GET", "/users/", "404", nil), ("POST", "/users/me", "405", nil),
    ("POST", "/users/you", "200", "made you"), ("DELETE", "/users/7", "405", nil),
    ("GET", "/users/7/posts/8", "200", "7 8"), ("GET", "/users/7/posts/x", "400", nil),
    ("GET", "/users/me/posts/1", "200", "me 1"), ("GET", "/files/a/b%20c/", "200", "file a/b c/"),
    ("GET", "/files", "404", nil), ("GET", "//", "404", nil),
    ("GET", "/search?q=a+b%26&limit=3", "200", "a b& 3"), ("GET", "/search", "200", "nothing 10"),
    ("GET", "/search?limit=many", "400", nil), ("GET", "/admin", "401", nil),
    ("GET", "/admin/jobs/1", "401", nil), ("HEAD", "/users/7", "200", ""),
    ("GET", "http://a.example/users/9?x", "200", "user 9"),
    ("GET", "http://a.example", "200", "root"), ("OPTIONS", "*", "204", ""),
    ("OPTIONS", "/users/7", "204", ""),
  ]) func `A path has its handler`(
    method: String, target: String, status: String, body: String?
  ) throws {
    try onLoop { () async throws in
      try await ServedHere.run(HTTPServer(Self.app)) { (here: ServedHere) async throws in
        let text = try await here.exchange(
          "\(method) \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = try #require(RawAnswer(text))
        #expect(answer.status.hasPrefix(status))
        if let body { #expect(answer.body == body) }
      }
    }
  }

  @Test func `Methods that there are not are told those that there are`() throws {
    try onLoop { () async throws in
      try await ServedHere.run(HTTPServer(Self.app)) { (here: ServedHere) async throws in
        for method in ["DELETE", "OPTIONS"] {
          let text = try await here.exchange(
            "\(method) /users/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
          #expect(RawAnswer(text)?.fields["allow"] == "GET, HEAD, OPTIONS, POST")
        }
      }
    }
  }

  @Test func `Functions around handlers run from the outside in`() throws {
    try onLoop { () async throws in
      let seen = Seen()
      var app = Router()
      app.use { request, next in
        seen.add("outer")
        var response = try await next(request)
        response.headers[.of("X-Outer")] = "yes"
        seen.add("outer back")
        return response
      }
      app.use { request, next in
        seen.add("inner")
        return try await next(request)
      }
      app.get("/") { _ in
        seen.add("handler")
        return .ok
      }
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let client = HTTPClient()
        let response = try await client.get(here.url + "/")
        #expect(response.headers[.of("X-Outer")] == "yes")
        #expect(seen.all == ["outer", "inner", "handler", "outer back"])
        // Around what no route answers, too.
        #expect(try await client.get(here.url + "/none").status == .notFound)
        #expect(seen.all.count == 7)
      }
    }
  }

  @Test(arguments: ["users", "/a{id}", "/{id", "/{}", "/{a}/{a}", "/{rest...}/b"])
  func `A path that is none traps`(path: String) async throws {
    await #expect(processExitsWith: .failure) { [path] in
      var app = Router()
      app.get(path) { _ in .ok }
    }
  }

  @Test func `A route that is there traps, also by another name`() async throws {
    await #expect(processExitsWith: .failure) {
      var app = Router()
      app.get("/{a}") { _ in .ok }
      app.get("/{b}") { _ in .ok }
    }
  }
}
