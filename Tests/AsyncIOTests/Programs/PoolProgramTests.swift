// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// The process pool, whose workers are the program itself.
@Suite struct PoolProgramTests {
  private func run(_ scenario: String) throws -> Program.Outcome {
    try Program.run("Scenarios", [scenario])
  }

  @Test func `executor-009: Calls run in other processes, values go there and back`() throws {
    let outcome = try run("pool-calls")
    #expect(
      outcome.lines == [
        "[0, 1, 1, 2, 3, 5, 8, 13, 21, 34]",
        "Optional(Scenarios.Shape(name: \"square!\", corners: [2.0, inf]))", "nil", "100000001 2 1",
        "printed in a worker", "true", "the process pool was shut down", "0 children",
      ], "\(outcome)")
    #expect(outcome.status == 0)
  }

  @Test func `B101: A worker that dies fails its call only, and one that is noisy blocks nobody`()
    throws
  {
    let outcome = try run("pool-deaths")
    let died = "the worker process died while it ran Misfortune: signaled"
    var lines = outcome.lines
    // Want of memory ends a process in one way or another.
    let starved = lines.count > 6 ? lines.remove(at: 6) : ""
    #expect(
      starved.hasPrefix("the worker process died while it ran Misfortune: "), "\(outcome.output)")
    #expect(
      lines == [
        "Misfortune failed in a worker process: as unhappy as can be", "55", "\(died)(SIGILL)",
        "55",
        "\(died)(SIGKILL)", "55", "55", "fine", "55",
      ], "\(outcome.output)")
    #expect(outcome.errors.contains("the worker traps"))
    #expect(outcome.errors.components(separatedBy: "noise on standard error").count == 20_001)
  }

  @Test func `A cancelled call kills its worker, and one that waits leaves at once`() throws {
    let outcome = try run("pool-cancelled")
    #expect(outcome.lines == ["true", "true", "true", "true", "0 children"], "\(outcome)")
  }

  @Test func `A pool may outlive the loops that use it, and no zombie is left`() throws {
    let outcome = try run("pool-runs")
    let numbers = "[5, 8, 13, 21]"
    #expect(outcome.lines == [numbers, numbers, numbers, "0 children"], "\(outcome)")
  }

  @Test func `No worker outlives a parent that was killed`() throws {
    let program = try Program("Scenarios", ["pool-orphans"])
    #expect(program.waitForOutput("workers"))
    program.signal(SIGKILL)
    let outcome = try program.wait()
    let workers = outcome.lines[0].split(separator: " ").dropFirst().compactMap { Int32($0) }
    #expect(!workers.isEmpty)
    // Their end may take the kernel a moment.
    for worker in workers { while kill(worker, 0) == 0, !isZombie(worker) { usleep(1000) } }
  }

  private func isZombie(_ process: Int32) -> Bool {
    let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return stat?.contains(") Z ") ?? true
  }
}
