// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
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
  private struct State {
    let session: HTTP2Session
    var mailboxes: [StreamID: HTTP2Mailbox] = [:]
    /// Streams whose task waits in its mailbox.
    var waiting: Set<StreamID> = []
    var isLed = false
    /// What the task that reads for all waits in, and for which stream it is here.
    var leader: (stream: StreamID, scope: CancelScope)?
    /// Since when the peer has been given bytes that it does not take.
    var writesSince: LoopClock.Instant?
    var isFlushing = false
    /// What was made and was not written.
    var unsent: [UInt8] = []
    var failure: (any Error)?
    var isDraining = false
    var hasServed = false
    /// Bodies that wait for the server to take more.
    var uploads: Set<StreamID> = []
    var idleSince = LoopClock.Instant.now
    /// When bytes came for the last time.
    var lastInput = LoopClock.Instant.now
    /// How it was made, until it has served a request.
    var times: DialTimes?

    /// Tells the task of a stream; it does not look into its mailbox while it reads for all.
    func put(_ item: HTTP2Mailbox.Item, for stream: StreamID) {
      mailboxes[stream]?.put(item)
      if leader?.stream == stream { leader?.scope.cancel() }
    }

    var mustClose: Bool { mailboxes.isEmpty && (isDraining || failure != nil) }
  }

  private let stream: ByteStream
  private let state: Guarded<State>
  /// Its place among the connections of the client.
  private let place: ConnectionBudget.Place?
  /// Closes it when no request has come for long; set once.
  private var idleWatch: PhaseWatch?

  /// A write that was begun is finished, so that one task that is cancelled does not cut the messages of the others.
  private static let writeGrace = Duration.seconds(10)

  /// A write of so long, when a request has taken too long, is one that the peer does not take.
  private static let stuckAfter = Duration.seconds(1)
  /// So much of a body waits for the server to take it.
  private static let mostUnsent = 64 << 10
  /// What has come while no request waited is there: it is not waited for.
  private static let catchUpLimit = Duration.milliseconds(10)

  init(
    _ dialed: Dialer.Dialed, on loop: EventLoop, _ place: ConnectionBudget.Place?
  ) throws {
    stream = dialed.stream
    self.place = place
    var state = State(session: try HTTP2Session(.client))
    state.times = dialed.times
    self.state = Guarded(state)
    idleWatch = PhaseWatch(loop) { [weak self] _ in self?.closeIfIdle() }
  }

  deinit { closeStream() }

  /// Whether it takes new requests, as far as is known.
  func isUsable(idleLimit: Duration) -> Bool {
    state.withLock { state in
      guard state.failure == nil, !state.isDraining, !stream.isClosed, state.session.isAlive else {
        return false
      }
      return !state.mailboxes.isEmpty || state.idleSince.duration(to: .now) < idleLimit
    }
  }

  /// Whether an exchange that has failed was on it.
  func isOf(_ exchange: (any Exchange)?) -> Bool {
    (exchange as? HTTP2Exchange)?.connection === self
  }

  /// Whether a task reads what comes, or nothing has come since one did.
  var isCurrent: Bool {
    !state.withLock { $0.mailboxes.isEmpty && $0.failure == nil } || stream.isQuiet
  }

  /// Reads what has come while no request waited: the server may have gone, or go.
  func catchUp() async throws {
    guard !isCurrent, takesLead(nil) else { return }
    defer { passOn() }
    // Of TLS there may be something that is no message.
    _ = try await moveOn(after: Self.catchUpLimit) { try await lead(for: 0) }
  }

  /// Takes no new requests; those that it has go on.
  func retire() { state.withLock { $0.isDraining = true } }

  /// A request has taken too long.
  ///
  /// A connection on which nothing came meanwhile takes no others, and one whose peer takes nothing ends.
  func expire(_ stream: StreamID, _ timeout: PhaseTimeout, since instant: LoopClock.Instant) {
    let isStuck = state.withLock { state in
      if state.lastInput <= instant { state.isDraining = true }
      return state.writesSince.map { $0.duration(to: .now) > Self.stuckAfter } ?? false
    }
    fail(stream, timeout)
    if isStuck { close() }
  }

  /// Ends the connection, and all requests on it.
  func close() {
    fail(ConnectionClosedError())
    closeStream()
  }

  /// Ends the connection if there are no requests on it; false otherwise.
  @discardableResult
  func closeIfIdle() -> Bool {
    let isIdle = state.withLock { state in
      guard state.mailboxes.isEmpty else { return false }
      state.isDraining = true
      return true
    }
    if isIdle { closeStream() }
    return isIdle
  }

  private func closeStream() {
    idleWatch?.stop()
    stream.closeAtOnce()
    place?.giveBack()
  }

  // MARK: Requests

  /// Begins a request.
  ///
  /// - Parameter hasBody: Whether `write` or `endBody` follow.
  /// - Returns: Its stream, whether the connection has served others, and how it was made if not.
  func open(
    _ request: Outgoing, hasBody: Bool
  ) throws -> (stream: StreamID, wasReused: Bool, times: DialTimes?) {
    try state.withLock { state in
      // Whatever it was, this request was not in it.
      guard state.failure == nil else { throw ConnectionClosedError() }
      let head = HTTP2Request(
        method: request.method.rawValue, scheme: request.url.isSecure ? "https" : "http",
        authority: request.url.authority, path: request.url.target, fields: Self.fields(request))
      let stream = try state.session.request(head, hasBody: hasBody)
      state.mailboxes[stream] = HTTP2Mailbox()
      idleWatch?.rest()
      defer { (state.hasServed, state.times) = (true, nil) }
      return (stream, state.hasServed, state.times)
    }
  }

  /// A length is that of the body, whatever the caller says.
  private static func fields(_ request: Outgoing) -> HTTPFields {
    var fields = request.sentFields
    fields[.contentLength] = nil
    if case .length(let length) = request.framing { fields[.contentLength] = String(length) }
    return fields
  }

  /// The next event of a stream.
  func next(_ stream: StreamID) async throws -> HTTP2Event {
    while true { if case .event(let event) = try await nextItem(stream) { return event } }
  }

  /// The next item of a mailbox.
  private func nextItem(_ stream: StreamID) async throws -> HTTP2Mailbox.Item {
    defer { passOn() }
    while true {
      guard let mailbox = state.withLock({ $0.mailboxes[stream] }) else {
        throw ConnectionClosedError()
      }
      switch mailbox.take() {
      case .failed(let error): throw error
      case .lead: continue
      case let item?: return item
      case nil: break
      }
      if takesLead(stream) {
        try await lead(for: stream)
      } else {
        defer { _ = state.withLock { $0.waiting.remove(stream) } }
        try await mailbox.wait()
      }
    }
  }

  // MARK: Bodies of requests

  /// Sends bytes of a body; returns when the server has taken most of them.
  ///
  /// It waits in a mailbox of its own, under the stream's number with a minus sign: its task reads for all like any other.
  func write(_ stream: StreamID, _ bytes: [UInt8]) async throws {
    try state.withLock { state in
      // The request may be over, and forgotten.
      guard state.failure == nil, state.mailboxes[stream] != nil else {
        throw ConnectionClosedError()
      }
      try state.session.write(stream, bytes[...])
      if state.mailboxes[-stream] == nil { state.mailboxes[-stream] = HTTP2Mailbox() }
      state.uploads.insert(stream)
    }
    try await flush()
    while state.withLock({ $0.session.unsentBytes(of: stream) > Self.mostUnsent }) {
      _ = try await nextItem(-stream)
    }
  }

  /// The body has ended, or is not sent any further.
  func endBody(_ stream: StreamID, isWhole: Bool) async throws {
    state.withLock { state in
      state.uploads.remove(stream)
      state.mailboxes[-stream] = nil
      if isWhole { try? state.session.finish(stream) }
    }
    passOn()
    try await flush()
  }

  /// A request fails for a reason of its own.
  func fail(_ stream: StreamID, _ error: any Error) {
    state.withLock { $0.put(.failed(error), for: stream) }
  }

  /// The bytes of a stream on the wire.
  func traffic(of stream: StreamID) -> (sent: Int, received: Int) {
    state.withLock { $0.session.traffic(of: stream) }
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
    let (mustClose, mustFlush, isIdle) = state.withLock { state in
      state.mailboxes[stream] = nil
      state.mailboxes[-stream] = nil
      state.uploads.remove(stream)
      state.idleSince = .now
      state.session.forgetTraffic(of: stream)
      // A body that the server has not taken is sent for nothing.
      if !isWhole || state.session.isSendingBody(of: stream) {
        try? state.session.reset(stream, isWhole ? .noError : .cancel)
      }
      return (state.mustClose, state.session.wantsToSend, state.mailboxes.isEmpty)
    }
    if isIdle { idleWatch?.begin(.total, within: ConnectionPool.idleLimit) }
    passOn()
    if mustClose {
      closeStream()
    } else if mustFlush {
      createTask(name: "reset of a request") { try? await self.flush() }
    }
  }

  // MARK: Reading for all

  /// Whether the task is to read for all; otherwise it is noted as waiting.
  private func takesLead(_ stream: StreamID?) -> Bool {
    state.withLock { state in
      if state.isLed {
        if let stream { state.waiting.insert(stream) }
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
      state.mailboxes[next]?.put(.lead)
    }
  }

  private func lead(for waiting: StreamID) async throws {
    defer { state.withLock { ($0.isLed, $0.leader) = (false, nil) } }
    let bytes: [UInt8]
    do {
      try await flush()
      guard let read = try await readUnlessFailed(waiting) else { return }
      bytes = read
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

  /// The next bytes; nil if the stream that its task is here for has failed.
  private func readUnlessFailed(_ waiting: StreamID) async throws -> [UInt8]? {
    let scope = CancelScope()
    let mayWait = state.withLock { state in
      state.leader = (waiting, scope)
      return state.mailboxes[waiting]?.isEmpty ?? true
    }
    // What came while it was writing.
    guard mayWait else { return nil }
    let result = await scope.run(isolation: #isolation) { try await self.stream.read() }
    if case .failure(is CancellationError) = result, scope.isCancelled {
      try Task.checkCancellation()
      return nil
    }
    return try result.get()
  }

  private static func handOut(_ bytes: [UInt8], _ state: inout State) throws {
    let now = LoopClock.Instant.now
    state.lastInput = now
    let events = try bytes.withUnsafeBytes {
      try state.session.receive($0, at: now.nanoseconds)
    }
    for event in events { handOut(event, &state) }
  }

  private static func handOut(_ event: HTTP2Event, _ state: inout State) {
    switch event {
    case .request, .settings, .pingAnswered: break
    case .goAway: state.isDraining = true
    case .response(let stream, _, _, _), .data(let stream, _), .trailers(let stream, _),
      .end(let stream), .closed(let stream, _):
      state.put(.event(event), for: stream)
    }
  }

  private func fail(_ error: any Error) {
    let mailboxes = state.withLock { state in
      if state.failure == nil { state.failure = error }
      return Array(state.mailboxes.values)
    }
    for mailbox in mailboxes { mailbox.put(.failed(error)) }
  }

  // MARK: Writing

  /// Writes all that is to be sent; another task that writes already does it too.
  func flush() async throws {
    guard state.withLock({ Self.takesPen(&$0) }) else { return }
    // What others have to send in the same turn of the loop goes in the same write.
    await Task.yield()
    do {
      while let bytes = try state.withLock({ try Self.takeUnsent(&$0) }) {
        let stream = stream
        state.withLock { $0.writesSince = .now }
        try await withCancellationShield(grace: Self.writeGrace) { try await stream.write(bytes) }
        state.withLock { ($0.unsent, $0.writesSince) = ([], nil) }
      }
    } catch {
      state.withLock { ($0.isFlushing, $0.writesSince) = (false, nil) }
      // A part may have gone, or the peer has taken nothing for long: no other request can be sent behind that.
      fail(error is CancellationError ? ConnectionClosedError() : error)
      throw error
    }
  }

  /// Whether there is something to write, and no task that writes.
  private static func takesPen(_ state: inout State) -> Bool {
    guard !state.isFlushing, !state.unsent.isEmpty || state.session.wantsToSend else {
      return false
    }
    state.isFlushing = true
    return true
  }

  /// What to write next; nil at the end, when another task may write.
  private static func takeUnsent(_ state: inout State) throws -> [UInt8]? {
    if state.unsent.isEmpty { state.unsent = try state.session.send() }
    for event in state.session.takeEvents() { handOut(event, &state) }
    for stream in state.uploads where state.session.unsentBytes(of: stream) <= mostUnsent {
      state.uploads.remove(stream)
      state.put(.room, for: -stream)
    }
    if state.unsent.isEmpty { state.isFlushing = false }
    return state.unsent.isEmpty ? nil : state.unsent
  }
}
