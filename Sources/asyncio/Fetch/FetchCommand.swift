// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import FoundationEssentials
import Glibc
import Logging

/// `asyncio fetch`: the options, and what they mean.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Fetch many URLs at once.",
    discussion: """
      Writes one JSON line for each URL as it completes: url, status, bytes, milliseconds, attempts \
      and error, then the URL that answered, the version of HTTP, the times of the last attempt's \
      parts and the bytes on the wire. A summary goes to standard error; so does a progress line, on \
      a terminal. The exit status is 1 if a URL failed (a status of 400 and above is a failure), 64 \
      for wrong usage, and 130 after Ctrl-C, which finishes the lines that are there and reports what \
      was not done.

      URLs from a pipe are fetched as they come; a file is looked through first, so that mistakes in \
      it are named before anything is fetched. A line that is no URL is reported with its place, and \
      becomes a failed line of the output.
      """)

  @Argument(help: "The URLs to fetch, http or https.")
  var urls: [String] = []

  @Option(
    help:
      "Read URLs from this file, one a line; - reads standard input. Lines that begin with # are comments."
  )
  var input: String?

  @Flag(help: "Refuse an input with a line that is no URL; one from a pipe ends at that line.")
  var strict = false

  @Option(help: "How many to fetch at the same time.")
  var concurrency = 20

  @Option(help: "How many to fetch at the same time from one host.")
  var perHost: Int?

  @Option(help: "How many requests to begin in a second, at the most: 10, 10/s, 90/m, 1000/h.")
  var rate: RateArgument?

  @Option(help: "The longest time for one attempt: 30s, 500ms, 2m; a plain number is in seconds.")
  var timeout = DurationArgument(.seconds(30))

  @Option(
    help: """
      How often to try again after a connection error, a timeout, 429 or 5xx. Waits a random time that \
      doubles from a quarter of a second, or as long as Retry-After says, up to five minutes. A method \
      that may not be repeated, such as POST, is tried again only if the server has not processed it.
      """)
  var retries = 0

  @Option(
    help: "The largest body, after decompression: 500, 64K, 10M, 2G. A larger one is a failure.")
  var maxSize: ByteCountArgument?

  @Option(help: "Write the JSON lines to this file instead of standard output.")
  var output: String?

  @Flag(help: "Go on with the file of --output: URLs that have a line in it are left out.")
  var resume = false

  @Option(
    help: "Save each body of a good answer into this directory, which is made if it does not exist."
  )
  var saveBodies: String?

  @Flag(help: "Stop at the first URL that fails.")
  var failFast = false

  @OptionGroup var request: RequestArguments

  func validate() throws {
    guard concurrency > 0 else { throw ValidationError("--concurrency must be at least 1") }
    guard perHost ?? 1 > 0 else { throw ValidationError("--per-host must be at least 1") }
    guard retries >= 0 else { throw ValidationError("--retries must not be negative") }
    guard !resume || output != nil else { throw ValidationError("--resume needs --output FILE") }
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
