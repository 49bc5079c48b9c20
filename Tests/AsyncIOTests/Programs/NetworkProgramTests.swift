// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// What only a process of its own can show: limits, what is left open, signals.
@Suite struct NetworkProgramTests {
  private func run(_ scenario: String, input: String? = nil) throws -> Program.Outcome {
    try Program.run("Scenarios", [scenario], input: input)
  }

  @Test
  func `socket-007: Descriptors, children and tasks are after any number of rounds as before`()
    throws
  {
    let outcome = try run("network-holdings")
    #expect(outcome.lines == ["holdings are as before"], "\(outcome)")
    #expect(outcome.status == 0)
  }

  @Test func `B82: Without descriptors accepting pauses, says so once, and goes on later`() throws {
    let outcome = try run("descriptors-exhausted")
    #expect(outcome.lines == ["clients: true spins: false", "all served"], "\(outcome)")
    #expect(
      outcome.errors.components(separatedBy: "accepts no connections").count == 2, "\(outcome)")
  }

  @Test func `A thousand children at once, and none is left`() throws {
    let outcome = try run("thousand-children")
    #expect(outcome.lines == ["ended well: 1000", "true true"], "\(outcome)")
  }

  @Test func `Thousands of connections that open and close at random leave nothing behind`() throws
  {
    let outcome = try run("connection-churn")
    #expect(outcome.lines == ["all at once true refused 0", "true true true"], "\(outcome)")
  }

  @Test func `Standard descriptors that are closed stay nobody's`() throws {
    let report = FileManager.default.temporaryDirectory
      .appendingPathComponent("asyncio-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: report) }
    let program = Program.products.appendingPathComponent("Scenarios").path
    let outcome = try Program.run(
      "/bin/sh", ["-c", "exec \"$0\" closed-descriptors <&- >&- 2>&-", program],
      environment: ["REPORT": report.path])
    #expect(outcome.status == 0, "\(outcome)")
    let lines = try String(contentsOf: report, encoding: .utf8).split(separator: "\n")
    #expect(
      lines == [
        "hello", "hello", "/dev/null", "closed", "/dev/null",
        "cannot open standard input: fcntl: Bad file descriptor (errno 9)", "exited(1) ",
      ])
  }

  @Test func `A name that fails is looked up once, and slow names hold up no others`() throws {
    let outcome = try run("look-ups")
    #expect(
      outcome.lines == [
        "cannot resolve \"name.slow\": Name or service not known", "calls: 1",
        "answered before: true",
      ], "\(outcome)")
  }

  @Test func `Interrupted calls are invisible`() throws {
    let outcome = try run("signal-storm")
    #expect(outcome.lines == ["intact true", "intact true"], "\(outcome)")
  }

  @Test(
    .enabled(
      if: Namespaces.canBeSlow,
      "no network namespaces with delay and loss (tc netem) on this machine"))
  func `Between two networks with delay and loss every byte arrives`() throws {
    let namespaces = try Namespaces()
    defer { namespaces.remove() }
    let server = try Program("/usr/sbin/ip", namespaces.command(1, "across"))
    defer { server.signal(SIGTERM) }
    #expect(server.waitForOutput("listening"))
    let client = try Program.run(
      "/usr/sbin/ip", namespaces.command(0, "across"), environment: ["PEER": "10.77.0.2"])
    #expect(client.lines == ["intact true"], "\(client)")
  }

  @Test func `A gibibyte goes through in little memory`() throws {
    let outcome = try run("stream-gibibyte")
    #expect(Set(outcome.lines) == ["flat: true", "bytes: 1073741824"], "\(outcome)")
  }

  @Test func `A program that listens for a signal itself is not cancelled by it`() throws {
    let program = try Program("Scenarios", ["program-listens"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGTERM)
    let outcome = try program.wait()
    #expect(outcome.lines == ["ready", "heard SIGTERM", "goes on"], "\(outcome)")
    #expect(outcome.status == 0)
  }

  @Test func `signal-009: A signal for a child does not reach its parent`() throws {
    let outcome = try run("child-signal")
    #expect(outcome.lines == ["signaled(SIGTERM)", "parent heard: false"], "\(outcome)")
  }

  @Test func `Standard input and output are streams, pipes and files alike`() throws {
    let text = (0..<20_000).map { "line \($0)\n" }.joined()
    let outcome = try run("copy-input", input: text)
    #expect(outcome.output == text)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let shell = try Program.run(
      "/bin/sh", ["-c", "\(Program.products.path)/Scenarios copy-input < \(file.path) | cat"])
    #expect(shell.output == text)
  }

  @Test(arguments: [
    ("line-limit", "the limit must be positive"), ("no-separator", "must not be empty"),
    ("no-separators", "there must be a separator"), ("negative-count", "must not be negative"),
    ("connected-send", "a connected socket sends to its peer only"),
  ])
  func
    `streams-009 streams-016 streams-022 datagram-017: A mistake of the programmer traps with a message`(
      _ kind: String, _ message: String
    ) throws
  {
    let outcome = try Program.run("Scenarios", ["network-mistake"], environment: ["MISTAKE": kind])
    #expect(outcome.status > 128)
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}

/// Two network namespaces with a wire between them that delays and loses, ip-netns(8) and tc-netem(8).
private struct Namespaces {
  private static let names = ["asyncio-test-0", "asyncio-test-1"]

  /// Whether there may be such a wire.
  static let canBeSlow: Bool = {
    guard getuid() == 0, let namespaces = try? Namespaces() else { return false }
    namespaces.remove()
    return true
  }()

  init() throws {
    do {
      for name in Self.names { try Self.ip("netns", "add", name) }
      try Self.ip(
        "link", "add", "wire0", "netns", Self.names[0], "type", "veth", "peer", "name", "wire1",
        "netns", Self.names[1])
      for (index, name) in Self.names.enumerated() {
        try Self.ip("-n", name, "addr", "add", "10.77.0.\(index + 1)/24", "dev", "wire\(index)")
        try Self.ip("-n", name, "link", "set", "wire\(index)", "up")
        try Self.ip(
          "netns", "exec", name, "tc", "qdisc", "add", "dev", "wire\(index)", "root", "netem",
          "delay", "10ms", "loss", "1%")
      }
    } catch {
      remove()
      throw error
    }
  }

  func command(_ index: Int, _ scenario: String) -> [String] {
    ["netns", "exec", Self.names[index], "\(Program.products.path)/Scenarios", scenario]
  }

  func remove() {
    for name in Self.names { try? Self.ip("netns", "del", name) }
  }

  private static func ip(_ arguments: String...) throws {
    let outcome = try Program.run("/usr/sbin/ip", arguments)
    guard outcome.status == 0 else { throw CocoaError(.executableLoad) }
  }
}
