// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SubprocessTests {
  @Test func `subprocess-002: Input comes back as output, and ten at once keep theirs apart`()
    throws
  {
    try onNetworkLoop {
      let echoed = try await Subprocess.run(.name("cat"), input: .text("some data"))
      #expect(echoed.status == .exited(0) && echoed.outputText == "some data")
      let outputs = try await gather(0..<10) { index in
        try await Subprocess.shell("echo line $1", arguments: ["\(index)"]).outputText
      }
      #expect(outputs == (0..<10).map { "line \($0)\n" })
    }
  }

  @Test func `subprocess-003: Without input a child reads its end at once`() throws {
    try onNetworkLoop {
      for input in [Subprocess.Input.none, .bytes([]), .text("")] {
        let output = try await Subprocess.run(.name("wc"), arguments: ["-c"], input: input)
        #expect(output.outputText == "0\n" && output.status.isSuccess)
      }
    }
  }

  @Test func `subprocess-005: A child in a session of its own is awaited like others`() throws {
    try onNetworkLoop {
      let output = try await Subprocess.run(
        .name("setsid"), arguments: ["--wait", "sh", "-c", "exit 7"])
      #expect(output.status == .exited(7))
    }
  }

  @Test func `subprocess-006: Death by a signal is told as such, also by one the parent ignores`()
    throws
  {
    try onNetworkLoop {
      let before = Glibc.signal(SIGHUP, SIG_IGN)
      defer { Glibc.signal(SIGHUP, before) }
      for number in [SIGKILL, SIGTERM, SIGHUP] {
        let (status, _) = try await Subprocess.run(
          .path("/bin/sh"), arguments: ["-c", "echo ready; read x"]
        ) { child in
          _ = try await child.standardOutput.readLine()
          if number == SIGKILL {
            try child.kill()
          } else {
            try child.send(signal: try #require(UnixSignal(number: number)))
          }
          try await child.wait()
        }
        #expect(status == .signaled(number))
      }
    }
  }

  @Test func `subprocess-009 B96: A child that does not read its input is no error`() throws {
    try onNetworkLoop {
      let output = try await Subprocess.shell(
        "exec 0<&-; echo done", input: .bytes([UInt8](repeating: 1, count: 1 << 20)))
      #expect(output.status.isSuccess && output.outputText == "done\n")
    }
  }

  @Test func `subprocess-010: A large output comes whole; one over the limit ends the child`()
    throws
  {
    try onNetworkLoop {
      let output = try await Subprocess.run(
        .name("head"), arguments: ["-c", "3000000", "/dev/zero"])
      #expect(output.standardOutput?.count == 3_000_000)
      await #expect(throws: LimitOverrunError.self) {
        _ = try await Subprocess.run(.name("cat"), arguments: ["/dev/zero"], outputLimit: 100_000)
      }
    }
  }

  @Test func `subprocess-012: The null device takes output, and nothing is collected of it`() throws
  {
    try onNetworkLoop {
      let output = try await Subprocess.shell("echo out; echo err >&2", output: .discard)
      #expect(output.standardOutput == nil)
      #expect(output.errorText == "err\n")
      let other = try await Subprocess.shell("echo out; echo err >&2", error: .discard)
      #expect(other.standardError == nil && other.outputText == "out\n")
    }
  }

  @Test func `subprocess-014: A wait that is cancelled does not harm the child`() throws {
    try onNetworkLoop {
      let (status, _) = try await Subprocess.run(.name("sleep"), arguments: ["1000"]) { child in
        let waiting = createTask { try await child.wait() }
        await settle()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        #expect(kill(child.processIdentifier, 0) == 0)
        try child.kill()
        #expect(try await child.wait() == .signaled(SIGKILL))
      }
      #expect(status == .signaled(SIGKILL))
    }
  }

  @Test func `subprocess-017 B98: A child that was reaped gets no more signals`() throws {
    try onNetworkLoop {
      let kept = Guarded<Subprocess.Execution?>(nil)
      _ = try await Subprocess.run(.name("true")) { child in kept.withLock { $0 = child } }
      let child = try #require(kept.withLock { $0 })
      let error = #expect(throws: IOError.self) { try child.terminate() }
      #expect(error?.errno == ESRCH)
      #expect(throws: IOError.self) { try child.send(signal: .terminate, toProcessGroup: true) }
      #expect(try await child.wait() == .exited(0))
    }
  }

  @Test func `subprocess-018: A program that cannot be started is an error that names it`() throws {
    try onNetworkLoop {
      for _ in 0..<5 {
        let error = await #expect(throws: IOError.self) {
          _ = try await Subprocess.run(.name("no-such-program"), input: .text("x"))
        }
        #expect(error?.errno == ENOENT)
        #expect(error.map(String.init(describing:))?.contains("no-such-program") == true)
        await #expect(throws: IOError.self) { _ = try await Subprocess.run(.path("/etc/passwd")) }
      }
    }
  }

  @Test func `subprocess-019: The exit does not cut off the output`() throws {
    try onNetworkLoop {
      let (status, count) = try await Subprocess.run(
        .path("/bin/sh"), arguments: ["-c", "head -c 262144 /dev/zero; exit 1"]
      ) { child in
        var count = 0
        for try await piece in child.standardOutput.chunks {
          count += piece.count
          await yields(200)
        }
        return count
      }
      #expect(count == 262_144)
      #expect(status == .exited(1))
    }
  }

  @Test func `subprocess-021 subprocess-022: Paths, variables and a working directory`() throws {
    try onNetworkLoop {
      let output = try await Subprocess.run(
        .path("/bin/sh"), arguments: ["-c", "echo $GREETING; pwd"],
        environment: .inherit.updating(["GREETING": "hello"]), workingDirectory: "/")
      #expect(output.outputText == "hello\n/\n")
      let alone = try await Subprocess.run(.path("/usr/bin/env"), environment: .custom(["A": "b"]))
      #expect(alone.outputText == "A=b\n")
      let without = try await Subprocess.run(
        .path("/usr/bin/env"), environment: .inherit.updating(["PATH": nil]))
      let names = without.outputText.split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(!names.contains("PATH") && names.contains("HOME"))
    }
  }

  @Test func `subprocess-023: Many tasks may await one end`() throws {
    try onNetworkLoop {
      _ = try await Subprocess.run(.path("/bin/sh"), arguments: ["-c", "exit 3"]) { child in
        let statuses = try await gather(0..<10) { _ in try await child.wait() }
        #expect(statuses.allSatisfy { $0 == .exited(3) })
      }
    }
  }

  @Test func `subprocess-024 subprocess-028: Output and error output apart, and joined`() throws {
    try onNetworkLoop {
      let script = "echo 1; echo 2 >&2; echo 3"
      let apart = try await Subprocess.shell(script)
      #expect(apart.outputText == "1\n3\n" && apart.errorText == "2\n")
      let joined = try await Subprocess.shell(script, error: .standardOutput)
      #expect(joined.outputText == "1\n2\n3\n" && joined.standardError == nil)
    }
  }

  @Test
  func `subprocess-025 subprocess-030: Whatever comes first, each end is told once and right`()
    throws
  {
    try onNetworkLoop {
      for index in 0..<10 {
        let (status, _) = try await Subprocess.run(.name("true")) { child in
          for _ in 0..<index { await Task.yield() }
          try? child.terminate()
        }
        #expect(status == .exited(0) || status == .signaled(SIGTERM))
      }
      let statuses = try await gather(0..<20) { index in
        try await Subprocess.shell(index % 2 == 0 ? "exit \(index)" : "kill -9 $$").status
      }
      for (index, status) in statuses.enumerated() {
        #expect(status == (index % 2 == 0 ? .exited(Int32(index)) : .signaled(SIGKILL)))
      }
    }
  }

  @Test func `subprocess-026: Question and answer, without a delay of ours`() throws {
    try onNetworkLoop {
      let (status, _) = try await Subprocess.run(.name("cat")) { child in
        for word in ["one\n", "two\n"] {
          try await child.standardInput.write(word)
          #expect(try await child.standardOutput.readLine().text == word)
        }
        try child.kill()
      }
      #expect(status == .signaled(SIGKILL))
    }
  }

  @Test func `subprocess-029: A reader that is closed here is a broken pipe there`() throws {
    try onNetworkLoop {
      let (status, _) = try await Subprocess.run(.name("yes")) { child in
        _ = try await child.standardOutput.read()
        await child.standardOutput.close()
        try await child.wait()
      }
      #expect(status == .signaled(SIGPIPE))
    }
  }

  @Test func `subprocess-031: ChildTable of others are left alone`() throws {
    try onNetworkLoop {
      let foreign = spawnForeignChild()
      let ours = try await Subprocess.run(.name("true"))
      #expect(ours.status.isSuccess)
      #expect(try await Subprocess.run(.name("true")).status.isSuccess)
      var status: Int32 = 0
      #expect(waitpid(foreign, &status, 0) == foreign)
    }
  }

  @Test
  func `subprocess-032 B99: A status that somebody else has taken is unknown, and nobody hangs`()
    throws
  {
    try onNetworkLoop {
      let (status, _) = try await Subprocess.run(.name("true")) { child in
        var taken: Int32 = 0
        while waitpid(child.processIdentifier, &taken, WNOHANG) == 0 {
          await Task.yield()
        }
      }
      #expect(status == .unknown)
    }
  }

  @Test
  func `subprocess-033 B97: Cancelled while they start and run, children leave nothing behind`()
    throws
  {
    try onNetworkLoop {
      let running = (0..<20).map { index in
        createTask {
          try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", "sleep 1000 & sleep 1000"])
        }
      }
      for (index, task) in running.enumerated() {
        if index == 10 { await untilWaiting(for: .readable) }
        task.cancel()
      }
      for task in running {
        await #expect(throws: CancellationError.self) { _ = try await task.value }
      }
    }
  }

  @Test func `B94: A child that is blocked on a full pipe can be ended`() throws {
    try onNetworkLoop {
      let (status, _) = try await Subprocess.run(.name("yes")) { child in
        // Asleep: in write(2), since it does nothing else.
        try await until { processState(child.processIdentifier) == "S" }
        try child.kill()
      }
      #expect(status == .signaled(SIGKILL))
    }
  }

  @Test func `All three pipes full at once are no deadlock`() throws {
    try onNetworkLoop {
      let script = "head -c 300000 /dev/zero >&2; cat; head -c 300000 /dev/zero >&2"
      let input = [UInt8](repeating: 5, count: 1_000_000)
      let output = try await Subprocess.shell(script, input: .bytes(input))
      #expect(output.standardOutput == input)
      #expect(output.standardError?.count == 600_000)
    }
  }

  @Test func `A cancelled child gets its time, then it is killed, grandchildren with it`() throws {
    try onNetworkLoop {
      let script = "trap 'echo got it >&2; exit 0' TERM; sleep 1000 & echo $!; wait"
      let process = Guarded<Int32?>(nil)
      let task = createTask {
        try await Subprocess.run(
          .path("/bin/sh"), arguments: ["-c", script],
          teardown: [.gracefulShutDown(allowedDurationToNextStep: .seconds(20))]
        ) { child in
          let line = try await child.standardOutput.readLine().text
          process.withLock { $0 = Int32(line.dropLast()) }
          try await child.wait()
        }
      }
      try await until { process.withLock { $0 } != nil }
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
      let grandchild = try #require(process.withLock { $0 })
      // Its end may take the kernel a moment.
      try await until { kill(grandchild, 0) != 0 || isZombie(grandchild) }
    }
  }

  @Test func `One that ignores the request to end is killed`() throws {
    try onNetworkLoop {
      let started = AsyncEvent()
      let task = createTask {
        try await Subprocess.run(
          .path("/bin/sh"), arguments: ["-c", "trap '' TERM; echo on; while :; do sleep 1; done"],
          teardown: [.gracefulShutDown(allowedDurationToNextStep: .milliseconds(50))]
        ) { child in
          _ = try await child.standardOutput.readLine()
          started.set()
          try await child.wait()
        }
      }
      try await started.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
  }

  @Test func `What a child leaves in the background does not hold up the call`() throws {
    try onNetworkLoop {
      let output = try await Subprocess.shell("sleep 1000 & echo $!")
      let left = try #require(Int32(output.outputText.dropLast()))
      #expect(kill(left, SIGKILL) == 0)
    }
  }

  @Test func `One that writes on in the background ends no call with an error`() throws {
    try onNetworkLoop {
      // It begins when the shell has ended.
      let writer =
        "while s=$(cut -d' ' -f3 /proc/$$/stat 2>/dev/null) && [ \"$s\" != Z ]; do :; done; exec yes"
      let output = try await Subprocess.shell("( \(writer) ) & exit 3", outputLimit: 100_000)
      #expect(output.status == .exited(3))
    }
  }

  @Test func `More than the limit is an error also when the child has ended before it is read`()
    throws
  {
    try onNetworkLoop {
      for _ in 0..<20 {
        await #expect(throws: LimitOverrunError.self) {
          try await Subprocess.shell("head -c 5000 /dev/zero", outputLimit: 4_000)
        }
      }
    }
  }

  @Test func `More than the limit is an error also when another has the pipe open and is silent`()
    throws
  {
    try onNetworkLoop {
      let record = Subprocess.Record()
      await #expect(throws: LimitOverrunError.self) {
        try await Subprocess.shell(
          "sleep 1000 & echo $! >&2; exec head -c 5000 /dev/zero", outputLimit: 4_000,
          record: record)
      }
      let left = try #require(record.output.flatMap { Int32($0.errorText.dropLast()) })
      // It is ended already if the limit was seen before the child had ended.
      kill(left, SIGKILL)
    }
  }

  private func isZombie(_ process: Int32) -> Bool { (processState(process) ?? "Z") == "Z" }

  /// The letter for what a process does, proc(5); nil when there is none.
  private func processState(_ process: Int32) -> Character? {
    guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.text
    // Behind the name, which may have any characters.
    return text.lastIndex(of: ")").flatMap { text[$0...].dropFirst(2).first }
  }

  private func spawnForeignChild() -> pid_t {
    var process: pid_t = 0
    let arguments = [strdup("true"), nil]
    posix_spawnp(&process, "true", nil, nil, arguments, environ)
    free(arguments[0])
    return process
  }
}
