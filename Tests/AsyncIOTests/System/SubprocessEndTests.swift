// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What becomes of children that are ended, and how they are started where that matters.
@Suite struct SubprocessEndTests {
  @Test func `A child that is torn down leaves its last words and its status`() throws {
    try onNetworkLoop {
      // More than a pipe holds: who is ended must be read, too.
      let script =
        "trap 'head -c 200000 /dev/zero; echo bye >&2; exit 7' TERM; echo on; while :; do sleep 0.01; done"
      let record = Subprocess.Record()
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.milliseconds(200)) {
          _ = try await Subprocess.shell(script, record: record)
        }
      }
      let output = try #require(record.output)
      #expect(output.status == .exited(7))
      #expect(output.standardOutput?.count == 200_003 && output.errorText.hasSuffix("bye\n"))

      let kept = Guarded<Subprocess.Execution?>(nil)
      let other = Subprocess.Record()
      await #expect(throws: TestFailure.self) {
        _ = try await Subprocess.run(
          .path("/bin/sh"), arguments: ["-c", script], error: .pipe, record: other
        ) { child in
          kept.withLock { $0 = child }
          _ = try await child.standardOutput.readLine()
          throw TestFailure("enough")
        }
      }
      #expect(
        other.output?.status == .exited(7) && other.output?.errorText.hasSuffix("bye\n") == true)
      #expect(try await kept.withLock { $0 }?.wait() == .exited(7))

      let tooMuch = Subprocess.Record()
      let error = await #expect(throws: LimitOverrunError.self) {
        _ = try await Subprocess.run(
          .name("cat"), arguments: ["/dev/zero"], outputLimit: 1000, record: tooMuch)
      }
      #expect(error?.subject == "the output of cat")
      #expect(tooMuch.output?.status == .signaled(SIGTERM))
      let fine = Subprocess.Record()
      _ = try await Subprocess.run(.name("echo"), arguments: ["x"], record: fine)
      #expect(fine.output?.outputText == "x\n")
    }
  }

  @Test func `A child that was stopped can still clean up`() throws {
    try onNetworkLoop {
      let record = Subprocess.Record()
      await #expect(throws: TestFailure.self) {
        _ = try await Subprocess.run(
          .path("/bin/sh"),
          arguments: ["-c", "trap 'exit 9' TERM; echo on; while :; do sleep 0.01; done"],
          teardown: [.gracefulShutDown(allowedDurationToNextStep: .seconds(50))], record: record
        ) { child in
          _ = try await child.standardOutput.readLine()
          kill(child.processIdentifier, SIGSTOP)
          throw TestFailure("enough")
        }
      }
      #expect(record.output?.status == .exited(9))
    }
  }

  @Test func `A name is looked for in the child's PATH, from the child's directory`() throws {
    try onNetworkLoop {
      let directory = "/tmp/asyncio-path-\(getpid())"
      mkdir(directory, 0o755)
      mkdir(directory + "/sub", 0o755)
      defer { for name in ["/sub/tool", "/sub", ""] { remove(directory + name) } }
      let tool = FilePath(directory + "/sub/tool")
      try await Files.write(.init("#!/bin/sh\necho found\n"), to: tool)
      let inPath = Subprocess.Environment.custom(["PATH": "/nowhere:\(directory)/sub"])
      let denied = await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.name("tool"), environment: inPath)
      }
      #expect(denied?.errno == EACCES)
      chmod(tool.string, 0o755)
      #expect(try await Subprocess.run(.name("tool"), environment: inPath).outputText == "found\n")
      let relative = try await Subprocess.run(
        .name("tool"), environment: .custom(["PATH": "sub"]), workingDirectory: FilePath(directory))
      #expect(relative.outputText == "found\n")
      // Without a PATH, as the system does; with one that has not got it, not at all.
      #expect(try await Subprocess.run(.name("true"), environment: .custom([:])).status.isSuccess)
      let missing = await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.name("true"), environment: .custom(["PATH": directory]))
      }
      #expect(missing?.errno == ENOENT && missing?.subject == "true")
    }
  }

  @Test func `A missing working directory is named, not the program`() throws {
    try onNetworkLoop {
      let error = await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.name("true"), workingDirectory: "/no/such/place")
      }
      #expect(error?.subject == "/no/such/place" && error?.errno == ENOENT)
      let other = await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.name("true"), workingDirectory: "/etc/passwd")
      }
      #expect(other?.errno == ENOTDIR)
    }
  }

  @Test func `A child ends with its parent if it is asked to, and runs like others`() throws {
    try onNetworkLoop {
      let script = "echo $1; pwd; cat; exit 3"
      let output = try await Subprocess.run(
        .path("/bin/sh"), arguments: ["-c", script, "sh", "one"], workingDirectory: "/",
        input: .text("input"), endsWithParent: true)
      #expect(output.status == .exited(3) && output.outputText == "one\n/\ninput")
      let descriptors = try await Subprocess.run(
        .name("ls"), arguments: ["/proc/self/fd"], endsWithParent: true)
      #expect(descriptors.outputText.split(separator: "\n") == ["0", "1", "2", "3"])
      await #expect(throws: IOError.self) {
        _ = try await Subprocess.run(.path("/etc/passwd"), endsWithParent: true)
      }
    }
  }
}
