// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Synchronization

/// What has been done so far, and what is told about it.
final class FetchReport: Sendable {
  private struct State {
    var succeeded = 0
    var failed: [String: Int] = [:]
    var milliseconds: [Double] = []
    var bytes = 0
  }

  let total: Int
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  init(total: Int) { self.total = total }

  func add(_ result: FetchResult) {
    state.withLock { state in
      if let kind = result.kind {
        state.failed[kind, default: 0] += 1
      } else {
        state.succeeded += 1
      }
      state.milliseconds.append(result.milliseconds)
      state.bytes += result.bytes
    }
  }

  var done: Int { state.withLock { $0.milliseconds.count } }
  var failures: Int { state.withLock { $0.failed.values.reduce(0, +) } }
  var hasFailures: Bool { failures > 0 }
  var elapsed: Duration { start.duration(to: .now) }

  var summary: String {
    let state = state.withLock { $0 }
    let failed = state.failed.values.reduce(0, +)
    var lines = ["\(state.succeeded) succeeded, \(failed) failed, \(Self.size(state.bytes))"]
    for (kind, count) in state.failed.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("  \(count) x \(kind)")
    }
    let missing = total - state.milliseconds.count
    if missing > 0 { lines.append("\(missing) of \(total) not done") }
    if !state.milliseconds.isEmpty { lines += times(state.milliseconds.sorted()) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func times(_ sorted: [Double]) -> [String] {
    let sum = Duration.milliseconds(sorted.reduce(0, +))
    return [
      "latency p50 \(Self.text(Self.percentile(50, sorted))), "
        + "p95 \(Self.text(Self.percentile(95, sorted))), max \(Self.text(sorted[sorted.count - 1]))",
      "took \(Self.text(elapsed / .milliseconds(1))); one after another \(Self.text(sum / .milliseconds(1)))",
    ]
  }

  /// The nearest rank: the smallest value that so many percent do not exceed.
  static func percentile(_ percent: Int, _ sorted: [Double]) -> Double {
    let rank = (percent * sorted.count + 99) / 100
    return sorted[max(0, rank - 1)]
  }

  static func text(_ milliseconds: Double) -> String {
    milliseconds < 1000
      ? String(format: "%.0f ms", milliseconds) : String(format: "%.2f s", milliseconds / 1000)
  }

  static func size(_ bytes: Int) -> String {
    if bytes < 10_000 { return "\(bytes) bytes" }
    let units = ["KB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes) / 1000, 0)
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return String(format: "%.1f %@", value, units[unit])
  }
}
