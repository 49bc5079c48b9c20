// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation

/// Fetches everything: at most so many at once, one line of output each, a summary at the end.
struct FetchJob: Sendable {
  private let options: FetchOptions

  init(_ options: FetchOptions) { self.options = options }

  private struct StoppedAtFailure: Error {}

  func run() async throws {
    var input = FetchInput(options)
    let items = try await input.read()
    let bodies = try options.bodiesDirectory.map { try BodyStore($0) }
    let lines = try await LineWriter.open(options.output)
    let report = FetchReport(total: items.count)
    let progress = ProgressLine(report)
    let fetcher = Fetcher(options, bodies)
    progress.start()
    let outcome: Result<Void, any Error>
    do {
      _ = try await gather(items, limit: Self.connections(options.concurrency)) { item in
        let result = try await fetcher.fetch(item)
        report.add(result)
        try await lines.write(result.json)
        if options.stopsAtFailure, result.error != nil { throw StoppedAtFailure() }
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    progress.stop()
    await lines.close()
    try finish(outcome, report)
  }

  /// Each transfer needs a descriptor or two: as many as the system gives, and no more.
  private static func connections(_ wanted: Int) -> Int {
    let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limits = rlimit()
    guard getrlimit(openFiles, &limits) == 0 else { return wanted }
    limits.rlim_cur = limits.rlim_max
    setrlimit(openFiles, &limits)
    let most = max(1, (Int(clamping: limits.rlim_cur) - 32) / 2)
    if wanted > most {
      writeToStandardError(
        "note: --concurrency \(wanted) is more than the limit of open files allows; using \(most)\n"
      )
    }
    return min(wanted, most)
  }

  private func finish(_ outcome: Result<Void, any Error>, _ report: FetchReport) throws {
    writeToStandardError(report.summary)
    switch outcome {
    case .success: break
    case .failure(is StoppedAtFailure): break
    case .failure(let error): throw error
    }
    if report.hasFailures { throw ExitStatus(1) }
  }
}
