// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// A connection that serves many requests at once, RFC 9113.
///
/// It has no task of its own. Of the tasks that wait for an answer one reads for all, and hands out what comes; when it has what it
/// waits for, or is cancelled, another goes on. Without a request no task waits, and nothing is left behind.
///
/// Unchecked: all state is behind the lock.
final class HTTP2Connection: @unchecked Sendable {
  /// What a waiting task is told.
  private enum Item: Sendable {
    case event(HTTP2Event)
    /// No task reads: it is this one's turn.
    case lead
    case failed(any Error)
  }

  private typealias Mailbox = AsyncQueue<Item>

  private struct State {
    let session: HTTP2Session
    var mailboxes: [StreamID: Mailbox] = [:]
    /// Streams whose task waits in its mailbox.
    var waiting: Set<StreamID> = []
    var isLed = false
    var isFlushing = false
    /// What was made and was not written.
    var unsent: [UInt8] = []
    var failure: (any Error)?
    var isDraining = false
    var hasServed = false
    var idleSince = LoopClock.Instant.now

    var mustClose: Bool { mailboxes.isEmpty && (isDraining || failure != nil) }
  }

  private let stream: ByteStream
  private let state: Guarded<State>

  /// A write that was begun is finished, so that one task that is cancelled does not cut the messages of the others.
  private static let writeGrace = Duration.seconds(10)

  init(_ stream: ByteStream) throws {
    self.stream = stream
    state = Guarded(State(session: try HTTP2Session(.client)))
  }

  deinit { stream.closeAtOnce() }

  /// Whether it takes new requests, as far as is known.
  func isUsable(idleLimit: Duration) -> Bool {
    state.withLock { state in
      guard state.failure == nil, !state.isDraining, !stream.isClosed, state.session.isAlive else {
        return false
      }
      return !state.mailboxes.isEmpty || state.idleSince.duration(to: .now) < idleLimit
    }
  }

  /// Ends the connection, and all requests on it.
  func close() {
    fail(ConnectionClosedError())
    stream.closeAtOnce()
  }

  // MARK: Requests

  /// Begins a request.
  ///
  /// - Returns: Its stream, and whether the connection has served others.
  func open(_ request: Outgoing) throws -> (stream: StreamID, wasReused: Bool) {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      let head = HTTP2Request(
        method: request.method.rawValue, scheme: request.url.isSecure ? "https" : "http",
        authority: request.url.authority, path: request.url.target, fields: Self.fields(request))
      let hasBody = request.body?.isEmpty == false
      let stream = try state.session.request(head, hasBody: hasBody)
      if let body = request.body, hasBody {
        try state.session.write(stream, body[...])
        try state.session.finish(stream)
      }
      state.mailboxes[stream] = Mailbox()
      defer { state.hasServed = true }
      return (stream, state.hasServed)
    }
  }

  /// A length is that of the body, whatever the caller says.
  private static func fields(_ request: Outgoing) -> HTTPFields {
    var fields = request.fields
    fields[.contentLength] = nil
    if case .length(let length) = request.framing { fields[.contentLength] = String(length) }
    return fields
  }

  /// The next event of a stream.
  func next(_ stream: StreamID) async throws -> HTTP2Event {
    defer { passOn() }
    while true {
      guard let mailbox = state.withLock({ $0.mailboxes[stream] }) else {
        throw ConnectionClosedError()
      }
      let item: Item
      if let there = mailbox.tryGet() {
        item = there
      } else if takesLead(stream) {
        try await lead()
        continue
      } else {
        defer { _ = state.withLock { $0.waiting.remove(stream) } }
        item = try await mailbox.get()
      }
      switch item {
      case .event(let event): return event
      case .failed(let error): throw error
      case .lead: continue
      }
    }
  }

  /// Says that bytes of a body were used.
  func consume(_ stream: StreamID, _ count: Int) async throws {
    try state.withLock { try $0.session.consume(stream, count) }
    try await flush()
  }

  /// A request is over for its task.
  ///
  /// - Parameter isWhole: Whether the stream has ended by itself.
  func finish(_ stream: StreamID, isWhole: Bool) {
    let (mustClose, mustFlush) = state.withLock { state in
      state.mailboxes[stream] = nil
      state.idleSince = .now
      // A body that the server has not taken is sent for nothing.
      if !isWhole || state.session.unsentBytes(of: stream) > 0 {
        try? state.session.reset(stream, isWhole ? .noError : .cancel)
      }
      return (state.mustClose, state.session.wantsToSend)
    }
    passOn()
    if mustClose {
      self.stream.closeAtOnce()
    } else if mustFlush {
      createTask(name: "reset of a request") { try? await self.flush() }
    }
  }

  // MARK: Reading for all

  /// Whether the task is to read for all; otherwise it is noted as waiting.
  private func takesLead(_ stream: StreamID) -> Bool {
    state.withLock { state in
      if state.isLed {
        state.waiting.insert(stream)
        return false
      }
      state.isLed = true
      return true
    }
  }

  /// Has a task that waits read, if no other does.
  private func passOn() {
    state.withLock { state in
      guard !state.isLed, let next = state.waiting.first else { return }
      _ = state.mailboxes[next]?.tryPut(.lead)
    }
  }

  private func lead() async throws {
    defer { state.withLock { $0.isLed = false } }
    let bytes: [UInt8]
    do {
      try await flush()
      bytes = try await stream.read()
    } catch let error where !(error is CancellationError) {
      return fail(error)
    }
    if bytes.isEmpty { return fail(ConnectionClosedError()) }
    do {
      try state.withLock { state in try Self.handOut(bytes, &state) }
      try await flush()
      // The library answers a fault of the peer by itself, and then hears nothing any more.
      if !state.withLock({ $0.session.isAlive }) { fail(ConnectionClosedError()) }
    } catch let error where !(error is CancellationError) {
      // The peer is told of its fault.
      try? await flush()
      fail(error)
    }
  }

  private static func handOut(_ bytes: [UInt8], _ state: inout State) throws {
    let now = LoopClock.Instant.now.nanoseconds
    let events = try bytes.withUnsafeBytes { try state.session.receive($0, at: now) }
    for event in events { handOut(event, &state) }
  }

  private static func handOut(_ event: HTTP2Event, _ state: inout State) {
    switch event {
    case .request, .settings, .pingAnswered: break
    case .goAway: state.isDraining = true
    case .response(let stream, _, _, _), .data(let stream, _), .trailers(let stream, _),
      .end(let stream), .closed(let stream, _):
      _ = state.mailboxes[stream]?.tryPut(.event(event))
    }
  }

  private func fail(_ error: any Error) {
    let mailboxes = state.withLock { state in
      if state.failure == nil { state.failure = error }
      return Array(state.mailboxes.values)
    }
    for mailbox in mailboxes { _ = mailbox.tryPut(.failed(error)) }
  }

  // MARK: Writing

  /// Writes all that is to be sent; another task that writes already does it too.
  func flush() async throws {
    while let bytes = try state.withLock({ try Self.takeUnsent(&$0) }) {
      do {
        let stream = stream
        try await withCancellationShield(grace: Self.writeGrace) { try await stream.write(bytes) }
        state.withLock { state in
          state.unsent = []
          state.isFlushing = false
        }
      } catch {
        state.withLock { $0.isFlushing = false }
        // A part may have gone, or the peer has taken nothing for long: no other request can be sent behind that.
        fail(error is CancellationError ? ConnectionClosedError() : error)
        throw error
      }
    }
  }

  private static func takeUnsent(_ state: inout State) throws -> [UInt8]? {
    if state.isFlushing { return nil }
    if state.unsent.isEmpty { state.unsent = try state.session.send() }
    for event in state.session.takeEvents() { handOut(event, &state) }
    if state.unsent.isEmpty { return nil }
    state.isFlushing = true
    return state.unsent
  }
}
