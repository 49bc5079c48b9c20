// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc

/// Fetches everything: at most so many at once, one line of output each, a summary at the end.
struct FetchJob: Sendable {
  private let options: FetchOptions

  init(_ options: FetchOptions) { self.options = options }

  private struct StoppedAtFailure: Error {}

  func run() async throws {
    let input = FetchInput(options)
    let total = try await input.check()
    let bodies = try options.bodiesDirectory.map { try BodyStore($0) }
    let log: ResumeLog? =
      if options.resumes, let output = options.output { try await .read(output) } else { nil }
    // Beside the input: of two FIFOs each may wait for what the user does with the other.
    let (path, appends) = (options.output, options.resumes)
    let opening = createTask { try await LineWriter.open(path, appending: appends) }
    defer { opening.cancel() }
    let report = FetchReport(total: total)
    let progress = ProgressLine(report)
    progress.start()
    var outcome: Result<Void, any Error>
    do {
      try await fetchAll(input, log, Fetcher(options, bodies), opening, report)
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    progress.stop()
    do {
      // That it was not opened was said before.
      opening.cancel()
      try await (try? opening.value)?.close()
    } catch {
      if case .success = outcome { outcome = .failure(error) }
    }
    try finish(outcome, report)
  }

  /// How many URLs are read ahead of those that are fetched.
  private static let readAhead = 1_000

  /// One task reads the input, and a number of others fetch: however long the input is, there are no more.
  private func fetchAll(
    _ input: FetchInput, _ log: ResumeLog?, _ fetcher: Fetcher,
    _ opening: Task<LineWriter, any Error>, _ report: FetchReport
  ) async throws {
    let concurrency = Self.connections(options.concurrency)
    let workers = min(concurrency, report.total ?? concurrency)
    let queue = FetchQueue(room: Self.readAhead, perHost: options.perHost)
    _ = try await gather(0...workers) { number in
      if number == 0 {
        defer { queue.complete() }
        return try await input.items { item in
          if let log, log.contains(item.url) { report.skip() } else { try await queue.put(item) }
        }
      }
      let lines = try await withTaskCancellationHandler {
        try await opening.value
      } onCancel: {
        opening.cancel()
      }
      while let item = try await queue.next() {
        let result = try await fetcher.fetch(item)
        queue.finish(item)
        report.add(result)
        try await lines.write(result.line)
        if options.stopsAtFailure, result.error != nil { throw StoppedAtFailure() }
      }
    }
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
    let isWhole = if case .success = outcome { true } else { false }
    writeToStandardError(report.summary(isWhole: isWhole))
    switch outcome {
    case .success: break
    case .failure(is StoppedAtFailure): break
    case .failure(let error): throw error
    }
    if report.hasFailures { throw ExitStatus(1) }
  }
}
