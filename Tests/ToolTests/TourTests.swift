// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

@Suite struct TourTests {
  private static let sections = [
    "basics", "gather", "tasks", "errors", "scope", "semaphore", "queue", "timeouts", "blocking",
    "processes", "questions",
  ]

  @Test func `The list names every section`() throws {
    let outcome = try Program.run("asyncio", ["tour", "--list"])
    #expect(outcome.lines.map { String($0.prefix { $0 != " " }) } == Self.sections)
  }

  @Test(arguments: [
    ("basics", "{\"path\": \"/data\"}"), ("gather", "{\"path\": \"/products\"}"),
    ("tasks", "one after another 2.5"),
    ("errors", "failed  /fails answered 500"), ("scope", "task \"b\": /fails answered 500"),
    ("semaphore", "12 answers"), ("queue", "10 items produced and done"),
    ("timeouts", "timed out after 0.5 seconds"), ("blocking", "request B did not"),
    ("processes", "the same four computations"),
    ("questions", "gatherResults let 2 of 2 others finish"),
  ])
  func `A section runs by itself and shows its result`(_ name: String, _ text: String) throws {
    let outcome = try Program.run("asyncio", ["tour", name])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(text), "\(outcome)")
    #expect(outcome.lines.allSatisfy { $0.count <= 100 })
    #expect(outcome.lines.filter { $0.contains("|#") }.allSatisfy { $0.count <= 80 })
    #expect(outcome.output.contains("|#"), "a timeline")
    #expect(outcome.output.contains("one after another"))
    #expect(!outcome.output.contains("\u{1B}"), "no colour into a pipe")
  }

  @Test func `The blocking section makes the loop warn`() throws {
    let outcome = try Program.run("asyncio", ["tour", "blocking"])
    #expect(outcome.errors.contains("held the event loop for"), "\(outcome)")
  }

  @Test func `A section that does not exist is refused with the names of those that do`() throws {
    let outcome = try Program.run("asyncio", ["tour", "nothing"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("there is no section 'nothing'"))
    #expect(outcome.errors.contains("semaphore"))
  }

  @Test func `Help, version and completions`() throws {
    let help = try Program.run("asyncio", ["--help"])
    #expect(help.status == 0 && help.output.contains("fetch") && help.output.contains("tour"))
    let fetchHelp = try Program.run("asyncio", ["fetch", "--help"]).output
    for option in [
      "--input", "--concurrency", "--timeout", "--retries", "--output", "--save-bodies",
    ] {
      #expect(fetchHelp.contains(option))
    }
    #expect(try Program.run("asyncio", ["--version"]).output == "0.1.0\n")
    #expect(try Program.run("asyncio", ["--generate-completion-script", "bash"]).status == 0)
  }
}
