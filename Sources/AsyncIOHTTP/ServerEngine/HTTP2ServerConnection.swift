// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import AsyncIOTLS
internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// A connection of HTTP/2, RFC 9113: its own task reads, and each request is answered by a child task.
///
/// Unchecked: what changes is behind the lock, or used on the loop.
final class HTTP2ServerConnection: ServerConnection, @unchecked Sendable {
  private struct State {
    let session: HTTP2Session
    var streams: [StreamID: HTTP2ServerStream] = [:]
    var isFlushing = false
    var isDraining = false
    /// The peer knows which of its requests is the last.
    var hasSaidLast = false
    var isOver = false
  }

  let loop = EventLoop.ambient
  let core: ServerCore
  private let stream: ByteStream
  private let info: ConnectionInfo
  private let state: Guarded<State>
  /// While there is no request.
  private let idle: ConnectionWatch
  /// While bytes are on their way.
  private let sending: ConnectionWatch

  /// What is sent and not read by the peer, of a stream.
  static let mostUnsent = 64 << 10
  /// How long a client may take to say that it knows of the end.
  private static let farewell = Duration.seconds(1)

  init(_ stream: ByteStream, _ core: ServerCore) throws {
    self.stream = stream
    self.core = core
    info = ConnectionInfo(stream, isSecure: stream is TLSStream)
    var settings = HTTP2Settings.server
    let limits = core.configuration.limits
    settings.maxStreams = UInt32(clamping: limits.streams)
    settings.limits = HeadLimits(
      firstLine: limits.requestLine, bytes: limits.head, fields: limits.fields)
    state = Guarded(State(session: try HTTP2Session(.server, settings)))
    let expiry = WeakReference<HTTP2ServerConnection>()
    idle = ConnectionWatch(loop) { _ in expiry.object?.endIdle() }
    sending = ConnectionWatch(loop) { _ in stream.abort() }
    expiry.object = self
  }

  // MARK: The connection

  func serve() async throws {
    core.add(self)
    stream.onPeerFinish { [weak self] in self?.clientDidGo() }
    defer {
      stream.onPeerFinish(nil)
      idle.stop()
      sending.stop()
      core.remove(self)
    }
    if core.isDraining { drain() }
    idle.begin(.firstByte, within: core.configuration.timeouts.firstByte)
    try await withTaskScope(onFailure: .keepGoing) { scope in
      do {
        try await read(scope)
      } catch let error where !(error is CancellationError) {
        Log.debug("the connection with \(stream.peerDescription) has ended: \(error)")
      }
      end()
      scope.cancel()
    }
  }

  private func read(_ scope: TaskScope) async throws {
    try await flush()
    while true {
      let bytes = try await stream.read()
      if bytes.isEmpty { return }
      let events: [HTTP2Event]
      do {
        let now = LoopClock.Instant.now.nanoseconds
        events = try state.withLock { state in
          try bytes.withUnsafeBytes { try state.session.receive($0, at: now) }
        }
      } catch {
        // The peer is told of its fault.
        try await flush()
        throw error
      }
      for event in events { handle(event, scope) }
      try await flush()
      if !state.withLock({ $0.session.isAlive }) { return }
    }
  }

  private func handle(_ event: HTTP2Event, _ scope: TaskScope) {
    switch event {
    case .request(let id, let head, let isLast): begin(id, head, isLast: isLast, scope)
    case .data(let id, let bytes): find(id)?.put(bytes)
    case .trailers(let id, let fields): find(id)?.trailers = fields
    case .end(let id): find(id)?.endBody()
    case .closed(let id, _): find(id)?.close()
    case .pingAnswered: sayLast()
    case .response, .settings, .goAway: break
    }
  }

  private func find(_ id: StreamID) -> HTTP2ServerStream? { state.withLock { $0.streams[id] } }

  private func begin(
    _ id: StreamID, _ head: HTTP2Request, isLast: Bool, _ scope: TaskScope
  ) {
    let most = core.configuration.limits.streams * 2
    // A handler that goes on after its stream was reset counts, too.
    guard state.withLock({ $0.streams.count }) < most else {
      return state.withLock { try? $0.session.reset(id, .refusedStream) }
    }
    let stream = HTTP2ServerStream(id, self, head, isLast: isLast)
    state.withLock { $0.streams[id] = stream }
    idle.rest(.input)
    let request = HTTPServer.Request(
      .http2(head), method: HTTPRequest.Method(head.method) ?? .get, target: head.path,
      body: HTTPServer.RequestBody(
        source: isLast ? nil : stream,
        announcedLength: isLast ? 0 : head.fields[.contentLength].flatMap { Int($0) },
        collectLimit: core.configuration.limits.collectedBody),
      info, core)
    stream.task = scope.spawn(name: "request") { [core] in
      await HTTP2Responder(self, stream, request, core).answer()
      self.finish(stream)
    }
  }

  /// A request was answered, or given up.
  private func finish(_ stream: HTTP2ServerStream) {
    let isLast = state.withLock { state in
      state.streams[stream.id] = nil
      state.session.forgetTraffic(of: stream.id)
      return state.streams.isEmpty
    }
    guard isLast else { return }
    idle.begin(.idle, within: core.configuration.timeouts.idle)
    endIfDrained()
  }

  private func end() {
    let streams = state.withLock { state in
      state.isOver = true
      return Array(state.streams.values)
    }
    for stream in streams { stream.close() }
  }

  /// The client has closed its half: no request is answered any more.
  private func clientDidGo() {
    if core.configuration.servesHalfClosed { return }
    for stream in state.withLock({ Array($0.streams.values) }) { stream.close() }
  }

  // MARK: The end

  func drain() {
    state.withLock { state in
      if state.isDraining { return }
      state.isDraining = true
      try? state.session.announceEnd()
      try? state.session.ping()
    }
    createTask(name: "farewell of HTTP/2") {
      try? await self.flush()
      try await sleep(for: Self.farewell)
      self.sayLast()
    }
  }

  /// No request has come for long: the client is told, so that it sends none meanwhile.
  private func endIdle() {
    let mayTell = state.withLock { state in
      guard !state.hasSaidLast, !state.isOver, state.streams.isEmpty else { return false }
      (state.isDraining, state.hasSaidLast) = (true, true)
      try? state.session.goAway()
      return true
    }
    if mayTell { endIfDrained() } else { stream.closeAtOnce() }
  }

  /// What was begun up to now is answered, and nothing more.
  private func sayLast() {
    let isNew = state.withLock { state in
      guard state.isDraining, !state.hasSaidLast, !state.isOver else { return false }
      state.hasSaidLast = true
      try? state.session.goAway()
      return true
    }
    if isNew { endIfDrained() }
  }

  private func endIfDrained() {
    let isDone = state.withLock { $0.hasSaidLast && $0.streams.isEmpty && !$0.isOver }
    guard isDone else { return }
    // What was sent must not be lost by a reset: the client closes first, if it does so soon.
    idle.begin(.idle, within: Self.farewell)
    createTask(name: "end of HTTP/2") {
      try? await self.flush()
      try? await self.stream.finishWriting()
    }
  }

  // MARK: What streams send

  func respond(
    _ id: StreamID, status: Int, _ fields: HTTPFields, hasBody: Bool
  ) throws {
    try state.withLock { state in
      if state.isOver { throw ClientDisconnectedError() }
      try state.session.respond(id, status: status, fields, hasBody: hasBody)
    }
  }

  func write(_ id: StreamID, _ bytes: [UInt8]) throws {
    try state.withLock { state in
      if state.isOver { throw ClientDisconnectedError() }
      try state.session.write(id, bytes[...])
    }
  }

  func finishBody(_ id: StreamID, _ trailers: HTTPFields) throws {
    try state.withLock { state in
      if state.isOver { throw ClientDisconnectedError() }
      try state.session.finish(id, trailers: trailers.isEmpty ? nil : trailers)
    }
  }

  func unsentBytes(_ id: StreamID) -> Int {
    state.withLock { $0.isOver ? 0 : $0.session.unsentBytes(of: id) }
  }

  func isSendingBody(_ id: StreamID) -> Bool {
    state.withLock { !$0.isOver && $0.session.isSendingBody(of: id) }
  }

  func consume(_ id: StreamID, _ count: Int) throws {
    try state.withLock { state in
      if !state.isOver { try state.session.consume(id, count) }
    }
  }

  func reset(_ id: StreamID, _ code: HTTP2Core.HTTP2ErrorCode) {
    state.withLock { state in if !state.isOver { try? state.session.reset(id, code) } }
  }

  /// Writes all that is to be sent; another task that writes already does it too.
  func flush() async throws {
    let begins = state.withLock { state in
      guard !state.isFlushing, state.session.wantsToSend else { return false }
      state.isFlushing = true
      return true
    }
    guard begins else { return }
    // What others have to send in the same turn of the loop goes in the same write.
    await Task.yield()
    do {
      while let bytes = try takeUnsent() {
        sending.begin(.write, within: core.configuration.timeouts.write)
        defer { sending.rest(.output) }
        let stream = stream
        // One request that is cancelled must not cut the messages of the others.
        try await withCancellationShield(grace: .seconds(60)) { try await stream.write(bytes) }
      }
    } catch {
      state.withLock { ($0.isFlushing, $0.isOver) = (false, true) }
      stream.closeAtOnce()
      throw ClientDisconnectedError()
    }
  }

  /// What to write next; nil at the end, when another task may write.
  private func takeUnsent() throws -> [UInt8]? {
    let (bytes, streams, events) = try state.withLock { state in
      let bytes = try state.session.send()
      if bytes.isEmpty { state.isFlushing = false }
      return (bytes, Array(state.streams.values), state.session.takeEvents())
    }
    for event in events {
      if case .closed(let id, _) = event { find(id)?.close() }
    }
    for stream in streams where stream.waitsForRoom { stream.noteRoom() }
    return bytes.isEmpty ? nil : bytes
  }
}
