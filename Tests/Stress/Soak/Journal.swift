// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Workloads

/// What the process held after each round.
struct Journal {
  private struct Entry {
    let time: Duration
    let held: Resources
  }

  private let minutes: Double
  private let firstSeed: UInt64
  private var entries: [Entry] = []
  private var operations = 0
  private var lastPrinted = Duration.zero

  init(minutes: Double, firstSeed: UInt64) {
    self.minutes = minutes
    self.firstSeed = firstSeed
  }

  mutating func note(operations: Int, after time: Duration) {
    self.operations += operations
    entries.append(Entry(time: time, held: .current))
    guard time - lastPrinted >= .seconds(10), let held = entries.last?.held else { return }
    lastPrinted = time
    print(
      "\(time.components.seconds) s: round \(entries.count), \(self.operations) operations, "
        + "\(held.residentKilobytes) KB resident, \(held.allocatedBytes / 1024) KB allocated, "
        + "\(held.descriptors) descriptors")
  }

  /// The entry at this part of the time, from 0 to 1.
  private func entry(at part: Double) -> Entry? {
    guard !entries.isEmpty else { return nil }
    return entries[min(entries.count - 1, Int(Double(entries.count) * part))]
  }

  private func medianResident(_ part: Range<Double>) -> Int {
    let lower = Int(Double(entries.count) * part.lowerBound)
    let upper = max(lower + 1, Int(Double(entries.count) * part.upperBound))
    let values = entries[lower..<min(upper, entries.count)].map(\.held.residentKilobytes).sorted()
    return values.isEmpty ? 0 : values[values.count / 2]
  }

  /// What has grown, or nil.
  var growth: String? {
    guard entries.count >= 4, let first = entries.first, let last = entries.last else { return nil }
    let (before, after) = (medianResident(0.25..<0.5), medianResident(0.75..<1))
    if after > before * 11 / 10 + 4096 {
      return "resident memory has grown from \(before) KB to \(after) KB"
    }
    if last.held.descriptors > first.held.descriptors {
      return
        "\(last.held.descriptors) descriptors are open, \(first.held.descriptors) were at first"
    }
    return nil
  }

  var summary: String {
    "\(entries.count) rounds, \(operations) operations: "
      + (growth.map { "\($0)" } ?? "memory and descriptors are flat")
  }

  var markdown: String {
    var lines = [
      "# Soak", "",
      "The figures of the last `make soak`: every workload of `Tests/Stress/Workloads` at once, on three loops and",
      "on the language's executor, over and over, with random cancellation.", "",
      "- Time: \(minutes.formatted()) minutes, on \(ProcessInfo.processInfo.activeProcessorCount) cores",
      "- Rounds: \(entries.count), seeds \(firstSeed) to \(firstSeed + UInt64(max(0, entries.count - 1)))",
      "- Operations: \(operations), \(operations / max(1, WorkloadRun.all.count * Stage.allCases.count)) of each workload on each stage",
      "- Result: \(growth ?? "memory and descriptors are flat")", "",
      "| part of the time | resident KB | allocated KB | descriptors |", "|---|---|---|---|",
    ]
    for (title, part) in [
      ("first round", 0.0), ("10 %", 0.1), ("25 %", 0.25), ("50 %", 0.5), ("75 %", 0.75),
      ("end", 1.0),
    ] {
      guard let held = entry(at: part)?.held else { continue }
      lines.append(
        "| \(title) | \(held.residentKilobytes) | \(held.allocatedBytes / 1024) | \(held.descriptors) |"
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
