// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// Every primitive, disturbed in every way before, at and after a grant, each under a thousand
/// schedules.
///
/// `ASYNCIO_SEEDS` (`417`, or `0..<50`) says which schedules; `ASYNCIO_CELL` (`lock/cancel/at`)
/// runs one cell only.
@Suite struct ScheduleMatrixTests {
  @Test(arguments: try MatrixPlan.cells())
  func `Whatever happens to one who waits, nothing is lost and nobody is forgotten`(
    cell: MatrixCell
  ) throws {
    try MatrixPlan.explore(cell)
  }

  @Test func `Every cell has a name of its own`() {
    let names = MatrixCell.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count == MatrixSubject.all.count * 12)
  }

  @Test func `A lock that loses a grant on cancellation is found out`() {
    let subject = MatrixSubject(name: "lossy") { LossyState() }
    let cell = MatrixCell(subject: subject, action: .cancel, moment: .at)
    let failure = #expect(throws: MatrixFailure.self) {
      try MatrixPlan.explore(cell, seeds: 0..<100)
    }
    #expect(failure?.description.contains("ASYNCIO_CELL=lossy/cancel/at") == true)
    #expect(failure?.description.contains("swift test --filter ScheduleMatrixTests") == true)
  }

  @Test(arguments: ["x", "3..<", "9..<3", "-1", "0..<99999999999999999999"])
  func `Seeds that make no sense are an error that says so`(text: String) {
    let error = #expect(throws: TestFailure.self) { try MatrixPlan.seeds(text) }
    #expect(error?.name.contains("ASYNCIO_SEEDS is \"\(text)\"") == true)
  }

  @Test func `A cell that does not exist is an error that says so`() throws {
    let error = #expect(throws: TestFailure.self) { try MatrixPlan.cells(named: "lock/cancel") }
    #expect(error?.name.contains("lock/cancel/at") == true)
    let cells = try MatrixPlan.cells(named: "lock/cancel/at")
    #expect(cells.map(\.name) == ["lock/cancel/at"])
  }
}

/// What the environment asks for.
enum MatrixPlan {
  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  static func cells() throws -> [MatrixCell] { try cells(named: environment["ASYNCIO_CELL"]) }

  static func cells(named name: String?) throws -> [MatrixCell] {
    guard let name else { return MatrixCell.all }
    let cells = MatrixCell.all.filter { $0.name == name }
    let names = MatrixCell.all.map(\.name).joined(separator: " ")
    try require(!cells.isEmpty, "ASYNCIO_CELL is \"\(name)\"; the cells are \(names)")
    return cells
  }

  static func seeds(_ text: String?) throws -> Range<UInt64> {
    guard let text else { return 0..<1000 }
    let complaint = "ASYNCIO_SEEDS is \"\(text)\", and should be a number or a range as 0..<1000"
    let parts = text.components(separatedBy: "..<").map { UInt64($0) }
    switch (parts.first ?? nil, parts.count) {
    case (let only?, 1) where only < .max: return only..<(only + 1)
    case (let first?, 2):
      guard let last = parts[1], first < last else { throw TestFailure(complaint) }
      return first..<last
    default: throw TestFailure(complaint)
    }
  }

  static func explore(_ cell: MatrixCell) throws {
    try explore(cell, seeds: seeds(environment["ASYNCIO_SEEDS"]))
  }

  static func explore(_ cell: MatrixCell, seeds: Range<UInt64>) throws {
    for seed in seeds {
      do {
        try onLoop(order: .seeded(seed)) { try await MatrixRun(cell).perform() }
      } catch {
        throw MatrixFailure(cell: cell.name, seed: seed, error: error)
      }
    }
  }
}

/// A cell that failed under a seed: says how to see it again.
struct MatrixFailure: Error, CustomStringConvertible {
  let cell: String
  let seed: UInt64
  let error: any Error

  var description: String {
    "\(cell) failed with seed \(seed): \(error)\n"
      + "replay: ASYNCIO_SEEDS=\(seed) ASYNCIO_CELL=\(cell) swift test --filter ScheduleMatrixTests"
  }
}

/// A lock that hands itself to whoever is first in line, and forgets about it when that one is
/// cancelled just then: the bug that the matrix is for.
private struct LossyState: MatrixState {
  private let line = AsyncSemaphore(permits: 0)

  func wait(_ number: Int, served: @Sendable () -> Void) async throws {
    try await line.acquire()
    // Too late: what was acquired is neither used nor passed on.
    await Task.yield()
    try Task.checkCancellation()
    served()
    line.release()
  }

  func grant() { line.release() }
  func finish() { for _ in 0..<MatrixRun.waiters { line.release() } }
  func check(served: [Int]) throws {}
}
