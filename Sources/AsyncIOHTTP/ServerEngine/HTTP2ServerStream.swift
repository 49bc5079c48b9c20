// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTP2Core
internal import HTTPTypes
internal import Synchronization

/// One request of a connection of HTTP/2: its body as it comes, and the body of its response on its way.
///
/// Unchecked: what changes is behind the lock, or set once before others know of it.
final class HTTP2ServerStream: RequestBodySource, ResponseSink, @unchecked Sendable {
  private struct State {
    var pieces: [[UInt8]] = []
    var hasEnded = false
    var isClosed = false
    var pace = BodyPace()
    var sent = 0
    var awaitsContinue: Bool
    var trailers = HTTPFields()
    var failure: (any Error)?
    /// The response was sent to its end.
    var isAnswered = false
    var isOver = false
  }

  let id: StreamID
  let since = LoopClock.Instant.now
  /// The task that answers it.
  var task: ChildTask<Void>?
  /// A task that reads may outlive the request: it must find it.
  private let connection: HTTP2ServerConnection
  private let head: HTTP2Request
  private let state: Guarded<State>
  /// Rings when there is more of the request.
  private let bell = AsyncEvent()
  /// Rings when the client has taken some of the response.
  private let room = AsyncEvent()
  private let waits = Atomic<Bool>(false)
  /// How many bytes the response is to have, if that was said.
  var announced: Int?

  init(
    _ id: StreamID, _ connection: HTTP2ServerConnection, _ head: HTTP2Request, isLast: Bool
  ) {
    self.id = id
    self.connection = connection
    self.head = head
    state = Guarded(
      State(
        hasEnded: isLast,
        awaitsContinue: !isLast && head.fields[.expect]?.lowercased() == "100-continue"))
  }

  var unfinished: HTTPServer.UnfinishedRequest {
    HTTPServer.UnfinishedRequest(
      method: HTTPRequest.Method(head.method) ?? .get, path: String(Target.path(of: head.path)),
      age: since.duration(to: .now))
  }

  // MARK: What comes

  func put(_ bytes: [UInt8]) {
    state.withLock { $0.pieces.append(bytes) }
    bell.set()
  }

  func endBody() {
    state.withLock { $0.hasEnded = true }
    bell.set()
  }

  /// The stream is over, on both sides.
  func close() {
    let isCut = state.withLock { state in
      state.isClosed = true
      return !state.isAnswered
    }
    bell.set()
    room.set()
    if isCut { task?.cancel() }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  var trailers: HTTPFields {
    get { state.withLock { $0.trailers } }
    set { state.withLock { $0.trailers = newValue } }
  }

  // MARK: The body of the request

  /// Whether the client has sent all of it.
  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  func next() async throws -> [UInt8]? {
    let mustSayContinue = try state.withLock { state in
      if let failure = state.failure { throw failure }
      if state.isOver { throw ClientDisconnectedError() }
      defer { state.awaitsContinue = false }
      return state.awaitsContinue && !state.isAnswered
    }
    if mustSayContinue {
      try connection.respond(id, status: 100, [:], hasBody: false)
      try await connection.flush()
    }
    while true {
      if let piece = try take() {
        try connection.consume(id, piece.count)
        try await connection.flush()
        return piece
      }
      let (hasEnded, isOver) = state.withLock { ($0.hasEnded, $0.isOver) }
      if isOver { throw ClientDisconnectedError() }
      if hasEnded { return nil }
      try await waitForMore()
    }
  }

  private func take() throws -> [UInt8]? {
    let limit = connection.core.configuration.limits.body
    return try state.withLock { state in
      if state.pieces.isEmpty {
        bell.clear()
        if state.isClosed, !state.hasEnded { throw ClientDisconnectedError() }
        return nil
      }
      let piece = state.pieces.removeFirst()
      state.pace.note(piece.count, after: .zero)
      if state.pace.received > limit {
        let failure = StatusError(
          .contentTooLarge, "a body may have \(limit) bytes at the most")
        state.failure = failure
        throw failure
      }
      return piece
    }
  }

  private func waitForMore() async throws {
    guard let limit = connection.core.configuration.timeouts.body else {
      return try await bell.wait()
    }
    let (bell, began) = (bell, LoopClock.Instant.now)
    let time = state.withLock { $0.pace.time(for: limit) }
    let isThere: Void? = try await moveOn(after: time) { try await bell.wait() }
    state.withLock { $0.pace.note(0, after: began.duration(to: .now)) }
    if isThere == nil {
      let failure = StatusError(.requestTimeout)
      state.withLock { $0.failure = failure }
      throw failure
    }
  }

  /// The request is over: nothing is read or written by those who still know of it.
  func endUse() {
    state.withLock { state in
      state.isOver = true
      state.pieces = []
    }
    bell.set()
    room.set()
  }

  // MARK: The body of the response

  var draining: AsyncEvent? { connection.core.draining }

  var bytesSent: Int { state.withLock { $0.sent } }

  func write(_ bytes: [UInt8]) async throws {
    try state.withLock { state in
      if state.isClosed || state.isOver { throw ClientDisconnectedError() }
      if let announced, bytes.count > announced - state.sent {
        throw BodyLengthError(announced: announced, isLonger: true)
      }
      state.sent += bytes.count
    }
    // In pieces, so that little waits behind a client that is slow.
    for piece in bytes.pieces(of: 256 << 10) {
      try connection.write(id, piece)
      try await connection.flush()
      try await waitForRoom()
    }
  }

  /// Waits until little of what was written waits for the client.
  func waitForRoom() async throws {
    try await wait { $0 <= HTTP2ServerConnection.mostUnsent }
  }

  /// Waits until all that was written, and the end of it, has gone.
  func waitUntilSent() async throws {
    try await wait { _ in !self.connection.isSendingBody(self.id) }
  }

  /// Waits for a client that takes some of the body now and then.
  private func wait(until isDone: (_ unsent: Int) -> Bool) async throws {
    let limit = connection.core.configuration.timeouts.write ?? .seconds(1_000_000)
    var unsent = connection.unsentBytes(id)
    var due = LoopClock.Instant.now.advanced(by: limit)
    waits.store(true, ordering: .relaxed)
    defer { waits.store(false, ordering: .relaxed) }
    while !isDone(unsent) {
      room.clear()
      let now = connection.unsentBytes(id)
      if isDone(now) { break }
      if isClosed { throw ClientDisconnectedError() }
      // Other streams of the connection are no sign that this one goes on.
      if now < unsent { due = LoopClock.Instant.now.advanced(by: limit) }
      unsent = now
      let (left, room) = (LoopClock.Instant.now.duration(to: due), room)
      if try await moveOn(after: max(left, .zero), { try await room.wait() }) == nil {
        connection.reset(id, .cancel)
        try await connection.flush()
        throw ClientDisconnectedError()
      }
    }
    if isClosed, !state.withLock({ $0.isAnswered }) { throw ClientDisconnectedError() }
  }

  /// Whether its task waits until the client takes more.
  var waitsForRoom: Bool { waits.load(ordering: .relaxed) }

  func noteRoom() { room.set() }

  /// All of the response is given to the session: that the stream ends is no reason to cancel anything.
  func noteAnswered() { state.withLock { $0.isAnswered = true } }
}
