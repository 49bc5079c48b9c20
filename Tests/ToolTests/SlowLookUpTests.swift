// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// `asyncio fetch` where the system takes a minute to look up a name.
@Suite struct SlowLookUpTests {
  /// Compiles the library that slows look-ups down.
  private static func withSlowLookUps<Result>(_ body: ([String: String]) throws -> Result) throws
    -> Result
  {
    let library = FileManager.default.temporaryDirectory
      .appendingPathComponent("slowdns-\(UUID().uuidString).so").path
    defer { try? FileManager.default.removeItem(atPath: library) }
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("TestSupport/slowdns.c").path
    // The toolchain's own compiler: a machine need not have another.
    let outcome = try Program.run(
      "/bin/sh", ["-c", "exec clang -shared -fPIC -o \"$0\" \"$1\" -ldl", library, source])
    try #require(outcome.status == 0, "\(outcome)")
    return try body(["LD_PRELOAD": library])
  }

  @Test func `Ctrl-C ends at once, with all lines that there are`() throws {
    try Self.withSlowLookUps { environment in
      let program = try Program(
        "asyncio", ["fetch", Servers.shared.nginx("/hello.txt"), "http://name.slow/"],
        environment: environment)
      #expect(program.waitForOutput("hello.txt"))
      program.signal(SIGINT)
      let outcome = try program.wait(limit: 20)
      #expect(outcome.status == 130 && outcome.lines.count == 1, "\(outcome)")
      #expect(outcome.errors.contains("1 of 2 not done"))
    }
  }

  @Test func `A timeout ends it, and others go on meanwhile`() throws {
    try Self.withSlowLookUps { environment in
      let urls = (0..<50).map { Servers.shared.nginx("/echo?\($0)") }
      let outcome = try Program.run(
        "asyncio",
        ["fetch", "http://name.slow/", "--connect-timeout", "5s", "--concurrency", "2"] + urls,
        environment: environment)
      let lines = try outcome.fetched()
      #expect(lines.count == 51 && lines.count { $0.status == 200 } == 50, "\(outcome)")
      // Five seconds are long: the others are done before.
      #expect(lines.last?.url == "http://name.slow/")
      #expect(lines.last?.error?.contains("within 5.0 seconds") == true)
    }
  }
}
