// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Glibc
import Synchronization

/// Records when the tasks of a section began, ran and ended, and draws it: one row a task, time to
/// the right.
final class Timeline: Sendable {
  private struct Row {
    let name: String
    let start: Duration
    var end: Duration?
    /// When the task held the loop for long enough to be seen.
    var runs: [ClosedRange<Duration>] = []
    var mark = " "
  }

  private let rows = Mutex<[Row]>([])
  private let origin = ContinuousClock.now
  private static let width = 80
  private static let nameWidth = 16

  /// The time since the section began.
  var elapsed: Duration { origin.duration(to: .now) }

  private let known = Mutex<Duration?>(nil)

  /// The time the tasks would take one after another: the sum of the rows, unless a section knows
  /// better.
  var sequential: Duration {
    get {
      known.withLock { $0 }
        ?? rows.withLock { $0.reduce(.zero) { $0 + (($1.end ?? $1.start) - $1.start) } }
    }
    set { known.withLock { $0 = newValue } }
  }

  /// Runs `body` as a row.
  func track<Value>(
    _ name: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    let index = begin(name)
    do {
      let value = try await body()
      end(index, mark: " ")
      return value
    } catch {
      end(index, mark: error is CancellationError || error is TimeoutError ? "x" : "!")
      throw error
    }
  }

  /// Runs `body`, which blocks, as a part of the last row with this name.
  func run<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
    let start = elapsed
    defer {
      let end = elapsed
      rows.withLock { rows in
        if let index = rows.lastIndex(where: { $0.name == name }) {
          rows[index].runs.append(start...end)
        }
      }
    }
    return try body()
  }

  private func begin(_ name: String) -> Int {
    let now = elapsed
    return rows.withLock { rows in
      rows.append(Row(name: name, start: now))
      return rows.count - 1
    }
  }

  private func end(_ index: Int, mark: String) {
    let now = elapsed
    rows.withLock {
      $0[index].end = now
      $0[index].mark = mark
    }
  }

  /// The rows as text, at most 80 columns wide.
  func drawing(colored: Bool) -> [String] {
    let rows = rows.withLock { $0 }
    let total = max(.milliseconds(1), rows.map { $0.end ?? elapsed }.max() ?? .zero)
    let cells = Self.width - Self.nameWidth - 14
    return rows.map { row in
      let end = row.end ?? total
      var line = [Character](repeating: " ", count: cells)
      let (first, last) = (Self.cell(row.start, total, cells), Self.cell(end, total, cells))
      for cell in first...max(first, last) { line[cell] = "." }
      // A task runs for a moment when it starts and when it goes on at its end.
      line[first] = "#"
      line[max(first, last)] = "#"
      for run in row.runs {
        for cell in Self.cell(
          run.lowerBound, total, cells)...Self.cell(run.upperBound, total, cells)
        {
          line[cell] = "#"
        }
      }
      let name = row.name.padded(to: Self.nameWidth)
      let time = text(end - row.start)
      return
        "  \(name)|\(Self.paint(line, colored))|\(row.mark)\(String(repeating: " ", count: max(0, 8 - time.count)))\(time)"
    }
  }

  private static func cell(_ time: Duration, _ total: Duration, _ cells: Int) -> Int {
    min(cells - 1, max(0, Int(time / total * Double(cells))))
  }

  /// Running green, waiting dim.
  private static func paint(_ line: [Character], _ colored: Bool) -> String {
    guard colored else { return String(line) }
    return line.map { cell in
      switch cell {
      case "#": "\u{1B}[32m#\u{1B}[0m"
      case ".": "\u{1B}[2m.\u{1B}[0m"
      default: String(cell)
      }
    }.joined()
  }
}
