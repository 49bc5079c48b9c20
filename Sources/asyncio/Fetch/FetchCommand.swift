// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation
import Logging

/// `asyncio fetch`: the options, and what they mean.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Fetch many URLs at once.",
    discussion: """
      Writes one JSON line for each URL as it completes: url, status, bytes, milliseconds, attempts \
      and error. A summary goes to standard error; so does a progress line, on a terminal. The exit \
      status is 1 if a URL failed (a status of 400 and above is a failure), 64 for wrong usage, and \
      130 after Ctrl-C, which finishes the lines that are there and reports what was not done.
      """)

  @Argument(help: "The URLs to fetch, http or https.")
  var urls: [String] = []

  @Option(
    help:
      "Read URLs from this file, one a line; - reads standard input. Lines that begin with # are comments."
  )
  var input: String?

  @Option(help: "How many to fetch at the same time.")
  var concurrency = 20

  @Option(help: "The longest time for one attempt: 30s, 500ms, 2m; a plain number is in seconds.")
  var timeout = DurationArgument(.seconds(30))

  @Option(
    help: """
      How often to try again after a connection error, a timeout, 429 or 5xx. Waits a random time that \
      doubles from a quarter of a second, or as long as Retry-After says, up to five minutes.
      """)
  var retries = 0

  @Option(help: "Write the JSON lines to this file instead of standard output.")
  var output: String?

  @Option(help: "Save each body into this directory, which is made if it does not exist.")
  var saveBodies: String?

  @Flag(help: "Stop at the first URL that fails.")
  var failFast = false

  @Option(help: "Send this header with every request: 'Name: value'. May be repeated.")
  var header: [String] = []

  func validate() throws {
    guard concurrency > 0 else { throw ValidationError("--concurrency must be at least 1") }
    guard retries >= 0 else { throw ValidationError("--retries must not be negative") }
    _ = try FetchHeaders(header)
  }

  func run() throws {
    // Not in `validate`, which comes before options that are not known are named.
    guard !urls.isEmpty || input != nil else {
      throw ValidationError("nothing to fetch: give URLs, or --input FILE")
    }
    let options = try FetchOptions(self)
    // What the library has to say to programmers is not for the users of this command.
    LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
    try runOnLoop(slowStepThreshold: .zero) { try await FetchJob(options).run() }
  }
}
