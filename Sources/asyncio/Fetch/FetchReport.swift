// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import FoundationEssentials
import Glibc
import Synchronization

/// What has been done so far, and what is told about it.
final class FetchReport: Sendable {
  private struct State {
    var succeeded = 0
    var failed: [String: Int] = [:]
    var times = LatencyHistogram()
    var bytes = 0
    var skipped = 0

    var done: Int { times.count }
  }

  /// How many URLs there are; nil if that is not known.
  let total: Int?
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  init(total: Int?) { self.total = total }

  func add(_ result: FetchResult) {
    state.withLock { state in
      if let kind = result.kind {
        state.failed[kind, default: 0] += 1
      } else {
        state.succeeded += 1
      }
      state.times.add(result.elapsed)
      state.bytes += result.bytes
    }
  }

  /// A URL was done before.
  func skip() { state.withLock { $0.skipped += 1 } }

  var done: Int { state.withLock { $0.done + $0.skipped } }
  var failures: Int { state.withLock { $0.failed.values.reduce(0, +) } }
  var hasFailures: Bool { failures > 0 }
  var elapsed: Duration { start.duration(to: .now) }

  /// - Parameter isWhole: Whether the input was read to its end.
  func summary(isWhole: Bool) -> String {
    let state = state.withLock { $0 }
    let failed = state.failed.values.reduce(0, +)
    var lines = ["\(state.succeeded) succeeded, \(failed) failed, \(Self.size(state.bytes))"]
    for (kind, count) in state.failed.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("  \(count) x \(kind)")
    }
    if state.skipped > 0 { lines.append("\(state.skipped) were done before") }
    if let total {
      let missing = total - state.done - state.skipped
      if missing > 0 { lines.append("\(missing) of \(total) not done") }
    } else if !isWhole {
      lines.append("stopped before the end of the input")
    }
    if state.times.count > 0 { lines += times(state.times) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func times(_ times: LatencyHistogram) -> [String] {
    [
      "latency p50 \(Self.text(times.percentile(50))), p95 \(Self.text(times.percentile(95))), "
        + "max \(Self.text(times.longest))",
      "took \(Self.text(elapsed)); one after another \(Self.text(times.sum))",
    ]
  }

  static func text(_ time: Duration) -> String {
    let milliseconds = time / .milliseconds(1)
    return milliseconds < 1000
      ? "\(milliseconds.fixed(0)) ms" : "\((milliseconds / 1000).fixed(2)) s"
  }

  static func size(_ bytes: Int) -> String {
    if bytes < 10_000 { return "\(bytes) bytes" }
    let units = ["KB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes) / 1000, 0)
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\(value.fixed(1)) \(units[unit])"
  }
}
