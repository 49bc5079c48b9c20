// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc
import HTTPTypes

/// What the sections have in common: the server, a client, and the way things are shown.
struct Tour: Sendable {
  let server: TourServer
  let client = HTTPClient()
  private let isTerminal = isatty(1) == 1 && getenv("NO_COLOR") == nil

  static let sections: [TourSection] = [
    .basics, .gather, .tasks, .errors, .scope, .semaphore, .queue, .timeouts, .blocking,
    .processes, .questions,
  ]

  /// Runs sections against a server in this process.
  static func run(_ sections: [TourSection]) async throws {
    let tour = Tour(server: try await TourServer())
    try await withTaskScope { scope in
      let serving = scope.spawn(name: "server") { try await tour.server.serve() }
      let start = ContinuousClock.now
      for section in sections { try await tour.show(section) }
      if sections.count > 1 {
        tour.say("The tour took \(text(start.duration(to: .now))), on one thread.")
      }
      serving.cancel()
    }
  }

  private func show(_ section: TourSection) async throws {
    say(bold("== \(section.title) ==") + "\n")
    for line in section.code.split(separator: "\n", omittingEmptySubsequences: false) {
      say("    \(line)")
    }
    say("")
    let timeline = Timeline()
    try await section.run(self, timeline)
    let elapsed = timeline.elapsed
    let rows = timeline.drawing(colored: isTerminal)
    if !rows.isEmpty {
      say("")
      for row in rows { say(row) }
      say("  # running   . waiting   x cancelled or timed out   ! failed\n")
      say("  took \(text(elapsed)); one after another \(text(timeline.sequential))")
    }
    say("")
  }

  /// A real request, as a row of the timeline.
  @discardableResult
  func fetch(_ path: String, _ timeline: Timeline, as name: String? = nil) async throws -> String {
    try await timeline.track(name ?? path) {
      let response = try await client.get(server.url(path))
      guard response.status.code == 200 else {
        throw StatusError(path: path, status: response.status.code)
      }
      return response.text.trimmed
    }
  }

  struct StatusError: Error, CustomStringConvertible {
    let path: String
    let status: Int
    var description: String { "\(path) answered \(status)" }
  }

  func say(_ line: String) {
    guard !writeWhole(Array((line + "\n").utf8), to: 1) else { return }
    writeToStandardError("error: cannot write to standard output: \(errnoText())\n")
    exit(1)
  }

  private func bold(_ text: String) -> String { isTerminal ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}

/// For example `1.02 s`.
func text(_ duration: Duration) -> String { "\((duration / .seconds(1)).fixed(2)) s" }
