// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore

/// One stream of events: it ends when its body does, or when the server is to stop.
struct EventRun {
  private let events: HTTPServer.EventWriter
  private let draining: AsyncEvent
  private let keepAlive: Duration?

  init(_ events: HTTPServer.EventWriter, until draining: AsyncEvent, _ keepAlive: Duration?) {
    self.events = events
    self.draining = draining
    self.keepAlive = keepAlive
  }

  func run(_ body: @Sendable (HTTPServer.EventWriter) async throws -> Void) async throws {
    let part = CancelScope()
    let (events, draining, keepAlive) = (events, draining, keepAlive)
    do {
      try await withTaskScope { scope in
        scope.spawn(name: "end of events") {
          try await draining.wait()
          part.cancel()
        }
        if let keepAlive {
          scope.spawn(name: "comments") {
            while true {
              let due = events.lastSent.advanced(by: keepAlive)
              try await sleep(for: LoopClock.Instant.now.duration(to: due))
              if events.lastSent.advanced(by: keepAlive) <= .now { try await events.sendComment() }
            }
          }
        }
        let result = await part.run(isolation: #isolation) { try await body(events) }
        scope.cancel()
        if case .failure(is CancellationError) = result, part.isCancelled { return }
        try result.get()
      }
    } catch let group as ErrorGroup {
      throw group.errors.first ?? group
    }
  }
}
