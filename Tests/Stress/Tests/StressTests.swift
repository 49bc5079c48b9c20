// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Testing
import Workloads

/// A short round of every workload: `ASYNCIO_STRESS` (1 by default) scales the number of operations,
/// `ASYNCIO_SEED` repeats a run, `ASYNCIO_WORKLOAD` names the only one to run.
@Suite(.serialized) struct StressTests {
  @Test(arguments: try StressPlan.runs())
  func `Nothing is lost, nobody is forgotten and nothing is left behind`(
    run: WorkloadRun
  ) async throws {
    do { try await run.perform() } catch {
      throw Violation(
        "\(error)\nreplay: ASYNCIO_SEED=\(run.seed) ASYNCIO_WORKLOAD='\(run.name)' "
          + "swift test --filter StressTests")
    }
  }

  @Test(arguments: Stage.allCases)
  func `A lock that lets two in is found out`(stage: Stage) async throws {
    let run = WorkloadRun(OpenDoor.self, on: stage, seed: 1, operations: 2000)
    let violation = await #expect(throws: Violation.self) { try await run.perform() }
    #expect(violation?.description.contains("open door on \(stage) with seed 1") == true)
  }

  @Test(arguments: ["x", "-1", "0"])
  func `A number that makes no sense is an error that says so`(text: String) {
    let violation = #expect(throws: Violation.self) { try StressPlan.scale(text) }
    #expect(violation?.description.contains("ASYNCIO_STRESS is \"\(text)\"") == true)
  }
}

enum StressPlan {
  static func runs() throws -> [WorkloadRun] {
    let environment = ProcessInfo.processInfo.environment
    let operations = Int(20_000 * (try scale(environment["ASYNCIO_STRESS"])))
    let seed = try seed(environment["ASYNCIO_SEED"])
    let all = WorkloadRun.all.flatMap { workload in
      Stage.allCases.map { WorkloadRun(workload, on: $0, seed: seed, operations: operations) }
    }
    guard let name = environment["ASYNCIO_WORKLOAD"] else { return all }
    let named = all.filter { $0.name == name }
    if named.isEmpty {
      throw Violation("ASYNCIO_WORKLOAD is \"\(name)\"; there are \(all.map(\.name))")
    }
    return named
  }

  static func scale(_ text: String?) throws -> Double {
    guard let text else { return 1 }
    guard let scale = Double(text), scale > 0, scale.isFinite else {
      throw Violation("ASYNCIO_STRESS is \"\(text)\", and should be a positive number")
    }
    return scale
  }

  private static func seed(_ text: String?) throws -> UInt64 {
    guard let text else { return .random(in: 0..<1_000_000) }
    guard let seed = UInt64(text) else {
      throw Violation("ASYNCIO_SEED is \"\(text)\", and should be a number")
    }
    return seed
  }
}

/// A lock that does not lock: what the workloads are there to find.
private struct OpenDoor: Workload {
  static let name = "open door"
  private let inside = AsyncSemaphore(permits: 1)
  private let sawAnother = AsyncEvent()

  init(seed: UInt64) {}

  func operate(_ worker: Int, _ random: inout SeededRandom) async throws {
    // The permit tells who is inside; nobody waits for it.
    guard inside.tryAcquire() else { return sawAnother.set() }
    defer { inside.release() }
    await Task.yield()
  }

  func check() throws {
    if sawAnother.isSet { throw Violation("two were inside at once") }
  }
}
