// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO

/// `asyncio-bench BENCH N`: runs one benchmark on a loop that has taken over the process, and prints
/// one JSON line.
///
/// `asyncio-bench echo-server PORT` serves until SIGTERM.
@main struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "asyncio-bench",
    abstract: "Runs one benchmark on the event loop and prints one JSON line.")

  @Argument(help: "Which benchmark: \(Name.allValueStrings.joined(separator: ", ")).")
  var bench: Name

  @Argument(help: "How many operations; for echo-server, the port.")
  var count: Int

  @Flag(help: "Run the loop in scoped mode, without taking over the process.")
  var scoped = false

  enum Name: String, CaseIterable, ExpressibleByArgument {
    case spawn, yield1, yield100, pingpong, queue, semaphore, gather, timeout, sleepers, idle
    case blocking
    /// For counting instructions: children of a scope, messages of 1 KiB through a stream, one timer.
    case children, stream, timer1
    case timers, schedule, connections, hash1, hash2
    case scheduleSharing = "schedule-sharing"
    /// Children of a scope that end in random order, as many at a time as N says.
    case scope
    case echoServer = "echo-server"
    case spawnPlain = "spawn-task"
    /// Waits for Dispatch, for what deadlock detection costs: see `Benchmarks/detection`.
    case dispatchWaits = "dispatch-waits"
  }

  func validate() throws {
    guard count > 0 else { throw ValidationError("N must be positive, got \(count).") }
  }

  func run() throws {
    let (bench, count) = (bench, count)
    let mode = scoped ? EventLoop.Mode.scoped : .takeover
    if bench == .echoServer {
      return try EventLoop.run(.init(mode: mode)) { try await EchoServer.run(port: count) }
    }
    let settings = EventLoop.Configuration(
      mode: mode, detectsDeadlocks: DispatchBench.detects)
    print(try EventLoop.run(settings) { try await bench.measure(count) })
  }
}

extension Bench.Name {
  func measure(_ count: Int) async throws -> String {
    let measurement = Measurement()
    switch self {
    case .spawn: try await TaskBenches.spawn(count)
    case .spawnPlain: try await TaskBenches.spawnPlain(count)
    case .yield1: try await TaskBenches.yields(count, tasks: 1)
    case .yield100: try await TaskBenches.yields(count, tasks: 100)
    case .pingpong: try await SharingBenches.pingpong(count)
    case .queue: try await SharingBenches.queue(count)
    case .semaphore: try await SharingBenches.semaphore(count)
    case .gather: try await TaskBenches.gathers(count)
    case .timeout: try await TaskBenches.timeouts(count)
    case .dispatchWaits: await DispatchBench.waits(count)
    case .blocking: try await TaskBenches.blocking(count)
    case .scope:
      let operations = try await TaskBenches.scope(count)
      return measurement.line(rawValue, count, operations: operations)
    case .children: try await TaskBenches.children(count)
    case .stream: try await SharingBenches.stream(count)
    case .timer1: LoopBenches.timer(count)
    case .timers: return try LoopBenches.timers(count).line(rawValue, count)
    case .schedule: return try await LoopBenches.schedule(count).line(rawValue, count)
    case .scheduleSharing:
      return try await LoopBenches.scheduleSharing(count).line(rawValue, count)
    case .hash1: return try await LoopBenches.hash(count, loops: 1).line(rawValue, count)
    case .hash2: return try await LoopBenches.hash(count, loops: 2).line(rawValue, count)
    case .connections:
      let idle = try await LoopBenches.connections(count)
      return measurement.line(rawValue, count) { _ in ",\"idle_cpu_s\":\(idle.rounded(to: 4))" }
    case .echoServer: try await EchoServer.run(port: count)
    case .sleepers:
      try await TaskBenches.sleepers(count)
      return measurement.line(rawValue, count) { seconds in
        ",\"beyond_1s\":\((seconds - 1).rounded(to: 4))"
      }
    case .idle:
      let (resident, wake) = try await SharingBenches.idle(count)
      let bytes = (resident - measurement.startResident) * 1024 / count
      return measurement.line(rawValue, count) { _ in
        ",\"bytes_per_task\":\(bytes),\"wake_seconds\":\((wake / .seconds(1)).rounded(to: 4))"
      }
    }
    return measurement.line(rawValue, count)
  }
}
