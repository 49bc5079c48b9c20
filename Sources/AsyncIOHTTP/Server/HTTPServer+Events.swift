// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPTypes

extension HTTPServer {
  /// Takes events for a page.
  public final class EventWriter: Sendable {
    private let writer: BodyWriter
    /// When something was sent for the last time.
    private let sent = Guarded(LoopClock.Instant.now)

    var lastSent: LoopClock.Instant { sent.withLock { $0 } }

    init(_ writer: BodyWriter) { self.writer = writer }

    /// Sends an event, and waits while the client is slow.
    ///
    /// - Throws: ``ClientDisconnectedError``; `CancellationError`.
    public func send(_ event: ServerSentEvent) async throws {
      try await writer.write(event.bytes())
      sent.withLock { $0 = .now }
    }

    /// Sends an event that says `data`.
    ///
    /// - Throws: As the other form.
    public func send(_ data: String) async throws { try await send(ServerSentEvent(data)) }

    /// Sends a comment, which pages do not see: proxies do, and keep the connection.
    ///
    /// - Throws: As ``send(_:)-(ServerSentEvent)``.
    public func sendComment() async throws {
      try await writer.write(":\n\n")
      sent.withLock { $0 = .now }
    }
  }
}

extension HTTPServer.Response {
  /// Server-sent events, HTML Standard section 9.2, for as long as `body` runs.
  ///
  /// ```swift
  /// app.get("/clock") { request in
  ///   .events { events in
  ///     while true {
  ///       try await events.send("\(Date.now)")
  ///       try await sleep(for: .seconds(1))
  ///     }
  ///   }
  /// }
  /// ```
  ///
  /// When the client goes, `body` is cancelled; when the server is to stop, too, and the events end as if it had returned: pages
  /// connect again. A comment is sent when nothing else was for so long as `keepAlive` says.
  public static func events(
    keepAlive: Duration? = .seconds(15),
    _ body: @escaping @Sendable (HTTPServer.EventWriter) async throws -> Void
  ) -> HTTPServer.Response {
    let response = ResponseBody.stream { writer in
      let events = HTTPServer.EventWriter(writer)
      guard let draining = writer.draining else { return try await body(events) }
      try await EventRun(events, until: draining, keepAlive).run(body)
    }
    return HTTPServer.Response(status: .ok, kind: .events, response)
  }

  /// Server-sent events of a sequence.
  ///
  /// As ``events(keepAlive:_:)-(_,(HTTPServer.EventWriter)->Void)``.
  public static func events<Events: AsyncSequence & Sendable>(
    keepAlive: Duration? = .seconds(15), _ sequence: Events
  ) -> HTTPServer.Response where Events.Element == HTTPServer.ServerSentEvent {
    events(keepAlive: keepAlive) { writer in
      for try await event in sequence { try await writer.send(event) }
    }
  }

  /// Server-sent events of a sequence of texts.
  ///
  /// As ``events(keepAlive:_:)-(_,(HTTPServer.EventWriter)->Void)``.
  public static func events<Texts: AsyncSequence & Sendable>(
    keepAlive: Duration? = .seconds(15), _ sequence: Texts
  ) -> HTTPServer.Response where Texts.Element == String {
    events(keepAlive: keepAlive) { writer in
      for try await text in sequence { try await writer.send(text) }
    }
  }
}
