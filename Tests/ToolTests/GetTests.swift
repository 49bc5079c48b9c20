// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

@testable import asyncio

/// `asyncio get`.
@Suite struct GetTests {
  private let servers = Servers.shared

  private func get(_ arguments: [String]) throws -> Program.Outcome {
    try Program.run("asyncio", ["get"] + arguments)
  }

  /// Runs it on a terminal, by script(1).
  private func onTerminal(_ arguments: String) throws -> Program.Outcome {
    let tool = Program.products.appendingPathComponent("asyncio").path
    return try Program.run(
      "/usr/bin/script", ["-qec", "env -u NO_COLOR \(tool) get \(arguments)", "/dev/null"])
  }

  @Test func `Into a pipe comes the body, and nothing else`() throws {
    let outcome = try get([servers.nginx("/hello.txt")])
    #expect(outcome.status == 0 && outcome.output == "hello\n" && outcome.errors.isEmpty)
    let missing = try get([servers.nginx("/nothing")])
    #expect(missing.status == 1 && missing.output.contains("404 Not Found"))
  }

  @Test func `On a terminal the head comes too, and JSON is laid out in colours`() throws {
    let json = try onTerminal(servers.nginx("/json"))
    #expect(json.output.contains("\u{1B}[1;32mHTTP/1.1 200 OK\u{1B}[0m"), "\(json)")
    #expect(
      json.output.contains("{\r\n  \u{1B}[34m\"b\"\u{1B}[0m: \u{1B}[36m1\u{1B}[0m,"), "\(json)")
    let text = try onTerminal(servers.nginx("/hello.txt"))
    #expect(text.output.contains("HTTP/1.1 200 OK") && text.output.hasSuffix("\r\nhello\r\n"))
    let binary = try onTerminal(servers.nginx("/big.bin"))
    #expect(binary.output.contains("(10485760 bytes that are no text)"))
  }

  @Test func `A file gets the body, and keeps what it has when there is an error`() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("get-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try get([servers.nginx("/hello.txt"), "--output", path]).status == 0)
    let missing = try get([servers.nginx("/nothing"), "--output", path])
    #expect(missing.status == 1 && missing.errors.contains("HTTP 404"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "hello\n")
    let nowhere = try get([servers.nginx("/hello.txt"), "--output", "/no/such/folder/x"])
    #expect(nowhere.status == 1 && nowhere.errors.contains("/no/such/folder/x"), "\(nowhere)")
  }

  @Test func `What is wrong is said, with a status`() throws {
    let malformed = try get(["nope"])
    #expect(malformed.status == 64 && malformed.errors.contains("error: nope: it must begin"))
    let refused = try get([servers.nobody])
    #expect(refused.status == 1 && refused.errors.contains("error: \(servers.nobody)"))
    #expect(try get([]).status == 64)
    #expect(try get([servers.misbehaving("/stall"), "--timeout", "100ms"]).status == 1)
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let outcome = try Program.run("asyncio", ["get", servers.nginx("/hello.txt")], output: full)
    #expect(outcome.status == 1 && outcome.errors.contains("No space left on device"), "\(outcome)")
  }

  @Test(arguments: [
    ("{}", "{}"), ("[ ]", "[]"), ("[1,2]", "[\n  1,\n  2\n]"), ("1e400", "1e400"), ("]]", "\n]\n]"),
    ("null", "null"),
    (
      #"{"b":{"a":[true]}, "a" : "x,\"{:"}"#,
      "{\n  \"b\": {\n    \"a\": [\n      true\n    ]\n  },\n  \"a\": \"x,\\\"{:\"\n}"
    ),
    ("\"\u{9B}31m\"", "\"\\u{9B}31m\""),
  ])
  func `JSON keeps its order and its numbers`(json: String, expected: String) {
    #expect(JSONLayout(paint: { text, _ in text }).text(of: Array(json.utf8)) == expected)
  }
}
