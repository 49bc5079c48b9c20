// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation
import Logging
import Workloads

/// `soak --minutes 10`: everything at once, for a long time, with memory and descriptors flat.
@main struct Soak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs every workload over and over, and watches what the process holds.",
    discussion: """
      Exit status 1 when a workload fails, or when memory or descriptors grow: the median of resident       memory in the last quarter of the time may be a tenth and 4 MB above that of the second quarter,       and as many descriptors are open at the end as after the first round.
      """)

  @Option(help: "How long, in minutes; fractions are allowed.")
  var minutes = 10.0

  @Option(help: "The first seed; each round takes the next.")
  var seed: UInt64 = 1

  @Option(help: "How many operations a workload does in one round.")
  var operations = 6000

  @Option(help: "A file for the figures, in Markdown.")
  var report: String?

  func validate() throws {
    guard minutes > 0, minutes.isFinite else {
      throw ValidationError("--minutes must be a positive number, got \(minutes).")
    }
    guard operations > 0 else {
      throw ValidationError("--operations must be positive, got \(operations).")
    }
  }

  func run() async throws {
    // What the workloads do to tasks is meant to be logged, and nothing that anybody would read.
    LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
    let output = try report.map { try ReportFile(path: $0) }
    var journal = Journal(minutes: minutes, firstSeed: seed)
    let start = ContinuousClock.now
    let end = start + .seconds(minutes * 60)
    var round = seed
    repeat {
      let operations = try await runAll(seed: round)
      journal.note(operations: operations, after: ContinuousClock.now - start)
      round += 1
    } while ContinuousClock.now < end
    try output?.write(journal.markdown)
    print(journal.summary)
    if let growth = journal.growth {
      FileHandle.standardError.write(Data("error: \(growth)\n".utf8))
      throw ExitCode(1)
    }
  }

  /// One round: all workloads at once, on loops and on the language's executor.
  private func runAll(seed: UInt64) async throws -> Int {
    let operations = operations
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for workload in WorkloadRun.all {
        for stage in Stage.allCases {
          group.addTask {
            try await WorkloadRun(workload, on: stage, seed: seed, operations: operations).perform()
            return operations
          }
        }
      }
      return try await group.reduce(0, +)
    }
  }
}

/// A file that is known to be writable before the work begins.
struct ReportFile {
  private let handle: FileHandle

  init(path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw ValidationError("cannot write the report \(path): \(String(cString: strerror(errno)))")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func write(_ text: String) throws {
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(text.utf8))
  }
}
