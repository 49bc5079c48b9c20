// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore

/// Stops a server when the process is told to end.
enum StopSignals {
  /// Runs `body`; the first SIGTERM or SIGINT meanwhile stops the server gracefully, the second at once.
  static func watch(_ core: ServerCore, _ body: () async throws -> Void) async throws {
    let isWanted =
      switch core.configuration.signals {
      case .always: true
      case .never: false
      case .ofProgram: RunningProgram.handlesSignals
      }
    guard isWanted else { return try await body() }
    let ends = signals(.terminate, .interrupt)
    let listening = createTask(name: "signals of an HTTP server") {
      var grace = core.configuration.shutdownGrace
      for await _ in ends {
        core.drain(grace: grace)
        grace = .zero
      }
    }
    defer { listening.cancel() }
    try await body()
  }
}
