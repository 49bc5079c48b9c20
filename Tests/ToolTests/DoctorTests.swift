// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

@Suite struct DoctorTests {
  @Test(arguments: ["epoll", "io_uring"])
  func `It tells which back end a loop has, and why`(_ name: String) throws {
    let outcome = try Program.run("asyncio", ["doctor"], environment: ["ASYNCIO_BACKEND": name])
    #expect(outcome.status == 0, "\(outcome)")
    let ring = try #require(outcome.lines.first { $0.hasPrefix("io_uring") })
    let chosen = name == "io_uring" && !ring.contains("yes") ? "epoll" : name
    #expect(
      outcome.lines.contains { $0.hasPrefix("back end") && $0.contains(" \(chosen),") },
      "\(outcome)")
    #expect(outcome.lines.contains { $0.hasPrefix("kernel      Linux") })
    #expect(
      outcome.lines.contains { $0.hasPrefix("runtime     ") && $0.hasSuffix("), as expected") },
      "\(outcome)")
  }

  @Test func `Output that cannot be written is an error`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let outcome = try Program.run("asyncio", ["doctor"], output: full)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("cannot write"), "\(outcome)")
  }
}
