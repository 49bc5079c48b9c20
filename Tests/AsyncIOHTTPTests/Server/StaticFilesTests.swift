// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Files of a directory, and nothing beside it.
@Suite(.timeLimit(.minutes(2))) struct StaticFilesTests {
  /// A directory with files, below one that has a secret.
  private final class Site: Sendable {
    let top: String
    var root: String { top + "/root" }

    init() throws {
      top = NSTemporaryDirectory() + "asyncio-site-\(UUID().uuidString)"
      try FileManager.default.createDirectory(
        atPath: root + "/sub/deep", withIntermediateDirectories: true)
      try write("../secret.txt", "secret")
      try write("index.html", "<p>index</p>")
      try write("a.txt", String((0..<1000).flatMap { "\($0 % 10)" }))
      try write("empty.css", "")
      try write(".hidden", "hidden")
      try write("sub/index.html", "sub")
      try write("sub/deep/b b.json", "[]")
      try write("page.js", "let original = 1")
      try write("page.js.gz", "not really gzip")
      for (name, target) in [
        ("out.txt", "../secret.txt"), ("outside", ".."), ("inside.txt", "a.txt"),
        ("environ", "/proc/self/environ"), ("absolute.txt", root + "/a.txt"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: root + "/" + name, withDestinationPath: target)
      }
      #expect(mkfifo(root + "/fifo", 0o600) == 0)
      // Old enough for tags that are strong.
      for name in ["a.txt", "page.js"] {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
          ofItemAtPath: root + "/" + name)
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: top) }

    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + name))
    }
  }

  private static func run(
    _ options: StaticFiles.Options = .init(),
    _ body: (Site, ServedHere, HTTPClient) async throws -> Void
  ) async throws {
    let site = try Site()
    var app = Router()
    app.files("/static", from: site.root, options)
    app.files("/", from: site.root, options)
    try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
      try await body(site, here, HTTPClient())
    }
  }

  private static func get(
    _ here: ServedHere, _ target: String, _ fields: String = "", method: String = "GET"
  ) async throws -> RawAnswer {
    let text = try await here.exchange(
      "\(method) \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(fields)\r\n")
    return try #require(RawAnswer(text))
  }

  @Test func `A file has a type, a tag, a date and a length`() throws {
    try onLoop { () async throws in
      try await Self.run { (_, here: ServedHere, _) async throws in
        let file = try await Self.get(here, "/a.txt")
        #expect(file.status == "200 OK")
        #expect(file.body.utf8.count == 1000)
        #expect(file.fields["content-type"] == "text/plain; charset=utf-8")
        #expect(file.fields["last-modified"] == "Sun, 09 Sep 2001 01:46:40 GMT")
        #expect(file.fields["accept-ranges"] == "bytes")
        let tag = try #require(file.fields["etag"])
        #expect(tag.hasPrefix("\""))
        for field in [
          "If-None-Match: \(tag)", "If-None-Match: W/\"x\", W/\(tag)", "If-None-Match: *",
          "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT",
        ] {
          let same = try await Self.get(here, "/a.txt", "\(field)\r\n")
          #expect(same.status == "304 Not Modified", "\(field)")
          #expect(same.body.isEmpty)
          #expect(same.fields["etag"] == tag)
        }
        for field in ["If-Match: \"x\"", "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT"] {
          #expect(try await Self.get(here, "/a.txt", "\(field)\r\n").status.hasPrefix("412"))
        }
        let head = try await Self.get(here, "/a.txt", method: "HEAD")
        #expect(head.fields["content-length"] == "1000" && head.body.isEmpty)
        #expect(try await Self.get(here, "/empty.css").fields["content-length"] == "0")
        #expect(try await Self.get(here, "/").body == "<p>index</p>")
        #expect(try await Self.get(here, "/static/sub/").body == "sub")
        #expect(try await Self.get(here, "/sub/deep/b%20b.json").body == "[]")
        #expect(try await Self.get(here, "/inside.txt").body.utf8.count == 1000)
        let post = try await Self.get(here, "/a.txt", method: "POST")
        #expect(post.status.hasPrefix("405"))
        #expect(try await Self.get(here, "/sub").fields["location"] == "./sub/")
        #expect(try await Self.get(here, "/static").fields["location"] == "./static/")
      }
    }
  }

  @Test(arguments: [
    ("bytes=0-9", "206", "0123456789", "bytes 0-9/1000"),
    ("bytes=995-", "206", "56789", "bytes 995-999/1000"),
    ("bytes=-3", "206", "789", "bytes 997-999/1000"),
    ("bytes=990-5000", "206", "0123456789", "bytes 990-999/1000"),
    ("bytes=1000-", "416", nil, "bytes */1000"), ("bytes=-0", "416", nil, "bytes */1000"),
    ("bytes=5-2", "200", nil, nil), ("lines=0-9", "200", nil, nil), ("bytes=", "200", nil, nil),
    ("bytes=0-5,3-9", "200", nil, nil), ("bytes=0-999", "200", nil, nil),
    ("bytes=0-4,5-9", "206", "0123456789", "bytes 0-9/1000"),
    ("bytes=" + (0..<1000).map { "\($0)-\($0)" }.joined(separator: ","), "200", nil, nil),
  ]) func `A part of a file`(
    range: String, status: String, body: String?, contentRange: String?
  ) throws {
    try onLoop { () async throws in
      try await Self.run { (_, here: ServedHere, _) async throws in
        let part = try await Self.get(here, "/a.txt", "Range: \(range)\r\n")
        #expect(part.status.hasPrefix(status))
        #expect(part.fields["content-range"] == contentRange)
        if let body { #expect(part.body == body) }
        if status == "200" { #expect(part.body.utf8.count == 1000) }
      }
    }
  }

  @Test func `Several parts of a file, and parts of one that is still the same`() throws {
    try onLoop { () async throws in
      try await Self.run { (_, here: ServedHere, _) async throws in
        let parts = try await Self.get(here, "/a.txt", "Range: bytes=0-1, -2,500-501\r\n")
        #expect(parts.status.hasPrefix("206"))
        let type = try #require(parts.fields["content-type"])
        let boundary = try #require(type.split(separator: "boundary=").last)
        let sections = parts.body.components(separatedBy: "\r\n--\(boundary)")
        #expect(sections.count == 5 && sections.last == "--\r\n")
        #expect(sections[1].hasSuffix("Content-Range: bytes 0-1/1000\r\n\r\n01"))
        #expect(sections[2].hasSuffix("Content-Range: bytes 998-999/1000\r\n\r\n89"))
        #expect(parts.fields["content-length"] == String(parts.body.utf8.count))
        let tag = try #require(try await Self.get(here, "/a.txt").fields["etag"])
        for (condition, status) in [
          (tag, "206"), ("W/\(tag)", "200"), ("\"x\"", "200"),
          ("Sun, 09 Sep 2001 01:46:40 GMT", "206"), ("Sun, 09 Sep 2001 01:46:41 GMT", "200"),
        ] {
          let part = try await Self.get(
            here, "/a.txt", "Range: bytes=0-1\r\nIf-Range: \(condition)\r\n")
          #expect(part.status.hasPrefix(status), "\(condition)")
        }
        let head = try await Self.get(here, "/a.txt", "Range: bytes=0-1\r\n", method: "HEAD")
        #expect(head.status == "200 OK")
      }
    }
  }

  @Test(arguments: [
    "/../secret.txt", "/..", "//etc/passwd", "/%2e%2e/secret.txt", "/.%2e/secret.txt",
    "/%2e%2e%2fsecret.txt", "/..%5csecret.txt", "/%5c..%5csecret.txt",
    "/%252e%252e/secret.txt", "/sub/../../secret.txt", "/a.txt%00.html",
    "/%c0%ae%c0%ae/secret.txt", "/%u002e%u002e/secret.txt", "/..;/secret.txt",
    "/file:///etc/passwd", "/a%2f..%2f..%2fsecret.txt", "/out.txt", "/outside/secret.txt",
    "/environ", "/absolute.txt", "/fifo", "/a.txt/", "/\(String(repeating: "n", count: 5000))",
    "/.hidden", "/.git/config", "/~root", "/a%", "/a%2", "/sub/deep/", "/sub//index.html",
    "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/sub/./index.html",
  ]) func `No path leads out of the directory`(path: String) throws {
    try onLoop { () async throws in
      try await Self.run { (_, here: ServedHere, _) async throws in
        let answer = try await Self.get(here, path)
        #expect(answer.status.hasPrefix("404") || answer.status.hasPrefix("400"))
        #expect(!answer.body.contains("secret\n") && !answer.body.contains("hidden\n"))
      }
    }
  }

  @Test func `What is there compressed is sent so to those who understand it`() throws {
    try onLoop { () async throws in
      try await Self.run { (_, here: ServedHere, _) async throws in
        let plain = try await Self.get(here, "/page.js")
        #expect(plain.body == "let original = 1")
        #expect(plain.fields["vary"] == "Accept-Encoding")
        let coded = try await Self.get(here, "/page.js", "Accept-Encoding: br, gzip\r\n")
        #expect(coded.body == "not really gzip")
        #expect(coded.fields["content-encoding"] == "gzip")
        #expect(coded.fields["content-type"] == "text/javascript; charset=utf-8")
        #expect(coded.fields["etag"] != plain.fields["etag"])
      }
    }
  }

  @Test func `A directory is listed if that is wanted, and other paths have a page`() throws {
    var options = StaticFiles.Options()
    options.listsDirectories = true
    options.index = nil
    options.fallback = "index.html"
    try onLoop { [options] () async throws in
      try await Self.run(options) { (site: Site, here: ServedHere, _) async throws in
        try site.write("<b>&\".txt", "x")
        let page = try await Self.get(here, "/")
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.body.contains(">&lt;b&gt;&amp;&quot;.txt<"))
        #expect(page.body.contains("href=\"./%3Cb%3E%26%22.txt\""))
        #expect(!page.body.contains("hidden") && !page.body.contains("secret"))
        struct Entry: Decodable {
          let name: String
          let isDirectory: Bool
          let size: Int?
        }
        let json = try await Self.get(
          here, "/?sort=size&order=desc", "Accept: application/json\r\n")
        let entries = try JSONDecoder().decode([Entry].self, from: Data(json.body.utf8))
        #expect(Set(entries.map(\.name)).isSuperset(of: ["a.txt", "sub", "inside.txt"]))
        #expect(Set(entries.map(\.name)).isDisjoint(with: ["out.txt", "outside", "fifo"]))
        #expect(entries.first { $0.name == "a.txt" }?.size == 1000)
        #expect(try await Self.get(here, "/no/such/page").body == "<p>index</p>")
      }
    }
  }

  @Test func `A file of a program's own, and none`() throws {
    let site = try Site()
    try onLoop { [root = site.root] () async throws in
      try await ServedHere.run({ request in
        try await .file(root + request.path, for: request)
      }) { (here: ServedHere) async throws in
        #expect(try await Self.get(here, "/a.txt", "Range: bytes=1-2\r\n").body == "12")
        #expect(try await Self.get(here, "/none").status.hasPrefix("404"))
        #expect(try await Self.get(here, "/sub").status.hasPrefix("404"))
      }
    }
    withExtendedLifetime(site) {}
  }

  @Test func `A large file is sent whole, also to one who reads slowly`() throws {
    let site = try Site()
    try Data(repeating: 7, count: 20 << 20).write(
      to: URL(fileURLWithPath: site.root + "/large.bin"))
    try onLoop { [root = site.root] () async throws in
      var app = Router()
      app.files("/", from: root)
      try await ServedHere.run(HTTPServer(app)) { (here: ServedHere) async throws in
        let stream = try await here.connect()
        try await stream.write("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await stream.readUntil("\r\n\r\n")
        var count = 0
        while count < 20 << 20 {
          count += try await stream.read().count
          await Task.yield()
        }
        try await stream.write("HEAD /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await stream.answer(hasBody: false)?.fields["content-length"] == "20971520")
        await stream.close()
      }
    }
    withExtendedLifetime(site) {}
  }
}
