// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

struct Fibonacci: RemoteFunction {
  static func call(_ n: Int) throws -> Int { n < 2 ? n : try call(n - 1) + call(n - 2) }
}

struct Reverse: RemoteFunction {
  static func call(_ bytes: [UInt8]) throws -> [UInt8] { bytes.reversed() }
}

struct Shape: Codable, Sendable, Equatable {
  var name: String
  var corners: [Double]
}

struct Grow: RemoteFunction {
  static func call(_ shape: Shape) throws -> Shape? {
    shape.name.isEmpty ? nil : Shape(name: shape.name + "!", corners: shape.corners.map { $0 * 2 })
  }
}

private struct Unhappy: Error, CustomStringConvertible {
  var description: String { "as unhappy as can be" }
}

/// What goes wrong in a worker.
struct Misfortune: RemoteFunction {
  static func call(_ kind: String) throws -> String {
    switch kind {
    case "throw": throw Unhappy()
    case "trap": fatalError("the worker traps")
    case "kill": kill(getpid(), SIGKILL)
    case "memory":
      var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      let bytes = [UInt8](repeating: 1, count: 8 << 30)
      return "\(bytes.count)"
    case "hang": while true { sleep(1) }
    case "print": print("printed in a worker")
    case "noise":
      for _ in 0..<20_000 { FileHandle.standardError.write(Data("noise on standard error\n".utf8)) }
    default: break
    }
    return "\(getpid())"
  }
}

@Sendable func poolCalls() {
  runProgram {
    let pool = ProcessPool(workers: 2)
    report(try await gather(0..<10) { n in try await pool.run(Fibonacci.self, n) })
    report(try await pool.run(Grow.self, Shape(name: "square", corners: [1, .infinity])) as Any)
    report(try await pool.run(Grow.self, Shape(name: "", corners: [])) as Any)
    let big = [UInt8](repeating: 1, count: 100_000_000) + [2]
    let turned = try await pool.run(Reverse.self, big)
    report(turned.count, turned[0], turned[1])
    report(try await pool.run(Misfortune.self, "print") != "\(getpid())")
    await pool.shutdown()
    do { _ = try await pool.run(Fibonacci.self, 1) } catch { report(error) }
    report(Holdings.now.children, "children")
  }
}

@Sendable func poolDeaths() {
  runProgram {
    let pool = ProcessPool(workers: 1)
    for kind in ["throw", "trap", "kill", "memory", "noise"] {
      do {
        _ = try await pool.run(Misfortune.self, kind)
        report("fine")
      } catch { report(error) }
      report(try await pool.run(Fibonacci.self, 10))
    }
    await pool.shutdown()
  }
}

@Sendable func poolCancelled() {
  runProgram {
    let pool = ProcessPool(workers: 1)
    let first = try await pool.run(Misfortune.self, "")
    let hanging = createTask { try await pool.run(Misfortune.self, "hang") }
    try await sleep(for: .milliseconds(20))
    let waiting = createTask { try await pool.run(Misfortune.self, "") }
    try await sleep(for: .milliseconds(20))
    waiting.cancel()
    do { _ = try await waiting.value } catch { report(error is CancellationError) }
    hanging.cancel()
    do { _ = try await hanging.value } catch { report(error is CancellationError) }
    report(kill(Int32(first) ?? 0, 0) != 0)
    report(try await pool.run(Misfortune.self, "") != first)
    await pool.shutdown()
    report(Holdings.now.children, "children")
  }
}

/// Says who its workers are, and hangs: to be killed.
@Sendable func poolOrphans() {
  runProgram {
    let pool = ProcessPool(workers: 2)
    let workers = try await gather(0..<2) { _ in
      let worker = try await pool.run(Misfortune.self, "")
      return worker
    }
    createTask { try await pool.run(Misfortune.self, "hang") }
    try await sleep(for: .milliseconds(50))
    report("workers", Set(workers).sorted().joined(separator: " "))
    try await sleep(for: .seconds(60))
  }
}

/// A pool that outlives the loop on which it was made.
@Sendable func poolOfTwoRuns() {
  let pool = ProcessPool(workers: 2)
  for _ in 0..<3 {
    do {
      report(
        try EventLoop.run {
          try await gather(0..<4) { n in try await pool.run(Fibonacci.self, n + 5) }
        })
    } catch { report(error) }
  }
  runProgram {
    await pool.shutdown()
    // Workers of loops that have ended are reaped in the background.
    for _ in 0..<1000 where Holdings.now.children > 0 { try await sleep(for: .milliseconds(5)) }
    report(Holdings.now.children, "children")
  }
}
