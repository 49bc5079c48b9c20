// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What listeners share: accepting within a limit, a child task for each connection, and an end that lets
/// them finish.
///
///     idle ──serve──► serving ──stop──► stopping: accepts nothing more, waits for the connections
///       └──────────────stop──────────────► stopped
final class ListenerCore: Sendable {
  private enum Phase {
    case idle
    case serving
    case stopping(grace: Duration)
    case stopped
  }

  let sockets: [ListeningSocket]
  private let subject: String
  private let isTCP: Bool
  private let phase = Guarded(Phase.idle)
  private let accepting = CancelScope()
  private let hasEnded = AsyncEvent()
  /// The time that connections have to end, once the listener is stopped.
  private let ending = Guarded<Timeout?>(nil)

  init(_ sockets: [ListeningSocket], subject: String, isTCP: Bool) {
    self.isTCP = isTCP
    self.sockets = sockets
    self.subject = subject
  }

  deinit { closeSockets() }

  var isServing: Bool {
    phase.withLock { if case .serving = $0 { true } else { false } }
  }

  // MARK: Serving

  /// Serves until `stop`, or until the task is cancelled.
  func serve<Stream: ByteStream>(
    _ maxConnections: Int, on pool: LoopPool?,
    _ makeStream: @escaping @Sendable (SocketTransport) throws -> Stream,
    _ handler: @escaping @Sendable (Stream) async throws -> Void
  ) async throws {
    require(
      maxConnections > 0, "serve: maxConnections must be positive, got \(maxConnections)")
    try beginServing()
    defer { endServing() }
    let slots = AsyncSemaphore(permits: maxConnections)
    do {
      try await serveInScope(maxConnections, slots, pool, makeStream, handler)
    } catch let group as ErrorGroup {
      // The handlers' errors are logged: this is the one of accepting.
      throw group.errors.first ?? group
    }
  }

  private func serveInScope<Stream: ByteStream>(
    _ maxConnections: Int, _ slots: AsyncSemaphore, _ pool: LoopPool?,
    _ makeStream: @escaping @Sendable (SocketTransport) throws -> Stream,
    _ handler: @escaping @Sendable (Stream) async throws -> Void
  ) async throws {
    // To this loop the others are as threads that work for it.
    let hold = pool == nil ? nil : EventLoop.ambientIfAny?.hold()
    defer { hold?.release() }
    try await withTaskScope { scope in
      let watch = pool.map { pool in scope.spawn { try await pool.failWhenClosed() } }
      defer { watch?.cancel() }
      try await acceptUntilStopped(slots, pool) { socket in
        let stream = try makeStream(socket)
        scope.spawn(on: socket.loop, SourceSite(#fileID, #line)) {
          defer { slots.release() }
          await Self.handle(stream, handler)
        }
      }
      // Stopped: a connection that is still served gets the time that was granted.
      if case .stopping(let grace) = phase.withLock({ $0 }) {
        do {
          try await withTimeout(grace) { timeout in
            ending.withLock { $0 = timeout }
            // Another call may have come in between, and be in a hurry.
            if case .stopping(let now) = phase.withLock({ $0 }), now < grace {
              timeout.reschedule(to: .now.advanced(by: now))
            }
            try await slots.acquire(count: maxConnections)
          }
        } catch is TimeoutError {
          scope.cancel()
        }
      }
    }
  }

  private static func handle<Stream: ByteStream>(
    _ stream: Stream, _ handler: @Sendable (Stream) async throws -> Void
  ) async {
    do {
      try await handler(stream)
    } catch is CancellationError {
    } catch let error as IOError where SystemError.peerGoneCodes.contains(error.errno) {
      // Clients leave as they please: worth a line only to who looks for it.
      Log.debug("the connection with \(stream.transport.subject) ended: \(error)")
    } catch {
      Log.error("the connection with \(stream.transport.subject) ended with an error: \(error)")
    }
    await stream.close()
  }

  private func beginServing() throws {
    try phase.withLock { phase in
      switch phase {
      case .idle: phase = .serving
      case .serving: throw StreamBusyError(.read)
      case .stopping, .stopped: throw StreamClosedError()
      }
    }
  }

  private func endServing() {
    phase.withLock { $0 = .stopped }
    closeSockets()
    hasEnded.set()
  }

  // MARK: Stopping

  func stop(grace: Duration) {
    let (isOver, servesBacklog) = phase.withLock { phase in
      switch phase {
      case .idle, .stopped:
        phase = .stopped
        return (true, false)
      case .serving:
        phase = .stopping(grace: grace)
        return (false, grace > .zero)
      case .stopping:
        phase = .stopping(grace: grace)
        return (false, false)
      }
    }
    ending.withLock { $0 }?.reschedule(to: .now.advanced(by: grace))
    // Otherwise the serving task closes them, once it has taken what is there.
    if !servesBacklog { closeSockets() }
    // A task that waits for a slot cannot know that there is nothing to accept any more.
    accepting.cancel()
    if isOver { hasEnded.set() }
  }

  /// Waits until serving has ended; a task that is cancelled does not.
  func waitUntilEnded() async { try? await hasEnded.wait() }

  private func closeSockets() { for socket in sockets { socket.closeDescriptor() } }

  // MARK: Accepting

  private func acceptUntilStopped(
    _ slots: AsyncSemaphore, _ pool: LoopPool?,
    _ start: @escaping @Sendable (SocketTransport) throws -> Void
  ) async throws {
    // No connection is accepted while the last handlers come to their ends.
    defer { closeSockets() }
    let outcome = await accepting.run(isolation: nil) {
      try await self.gatherAccepting(slots, pool, start)
    }
    do {
      try outcome.get()
    } catch is CancellationError where accepting.isCancelled {
      try RunningTask.checkCancellation()
      for socket in sockets { await acceptBacklog(of: socket, slots, pool, start) }
    }
  }

  /// Serves what the system has accepted when the listener is stopped, if connections get time to end: to their clients these
  /// are connections like the others.
  private func acceptBacklog(
    of socket: ListeningSocket, _ slots: AsyncSemaphore, _ pool: LoopPool?,
    _ start: @Sendable (SocketTransport) throws -> Void
  ) async {
    guard case .stopping(let grace) = phase.withLock({ $0 }), grace > .zero else { return }
    socket.setRoom(0)
    var turns = 0
    while socket.isPausing, turns < Self.mostTurns {
      turns += 1
      await Task.yield()
    }
    while slots.tryAcquire() {
      guard let connection = socket.acceptAtOnce() else { return slots.release() }
      begin(connection, on: pool?.nextLoop() ?? .ambient, slots, start)
    }
  }

  /// So long a ring may take to say that it accepts nothing more.
  private static let mostTurns = 1000

  /// Accepts from all sockets until they are closed.
  private func gatherAccepting(
    _ slots: AsyncSemaphore, _ pool: LoopPool?,
    _ start: @escaping @Sendable (SocketTransport) throws -> Void
  ) async throws {
    if sockets.count == 1 { return try await accept(from: sockets[0], slots, pool, start) }
    _ = try await gather(sockets) { try await self.accept(from: $0, slots, pool, start) }
  }

  private func accept(
    from socket: ListeningSocket, _ slots: AsyncSemaphore, _ pool: LoopPool?,
    _ start: @Sendable (SocketTransport) throws -> Void
  ) async throws {
    var lastScarcity: LoopClock.Instant?
    do {
      while true {
        if shareRoom(slots.availablePermits) == 0 {
          try await slots.acquire()
          slots.release()
        }
        // The slot is taken when there is a connection to give it to: an idle socket holds up no other.
        try await socket.waitUntilReady(.read)
        if slots.availablePermits == 0 { _ = shareRoom(0) }
        try await slots.acquire()
        let connection: Int32?
        do {
          connection = try socket.accept()
        } catch let error as SystemError {
          slots.release()
          try await recover(from: error, &lastScarcity)
          continue
        } catch {
          slots.release()
          throw error
        }
        guard let connection else {
          slots.release()
          continue
        }
        begin(connection, on: pool?.nextLoop() ?? .ambient, slots, start)
      }
    } catch is StreamClosedError {
      return
    }
  }

  /// Tells all sockets how many connections are still wanted.
  private func shareRoom(_ room: Int) -> Int {
    for socket in sockets { socket.setRoom(room / sockets.count) }
    return room
  }

  private func begin(
    _ connection: Int32, on loop: EventLoop, _ slots: AsyncSemaphore,
    _ start: @Sendable (SocketTransport) throws -> Void
  ) {
    do {
      try start(SocketTransport(connection, on: loop, isTCP: isTCP))
    } catch {
      slots.release()
      // The peer was gone before it could be asked for its address, or the loop ends.
      if !(error is SystemError), !(error is EventLoopError) {
        Log.error("a connection to \(subject) was given up: \(error)")
      }
    }
  }

  /// The errors of accept(2) that are no reason to stop: what became of one connection, and want of
  /// descriptors or memory, which passes.
  private func recover(
    from error: SystemError, _ lastScarcity: inout LoopClock.Instant?
  ) async throws {
    if SystemError.oneConnectionCodes.contains(error.errno) { return }
    guard SystemError.exhaustionCodes.contains(error.errno) else {
      throw IOError("accept from", subject, error)
    }
    // Once for a time of want, in which a connection gets through now and then.
    let isNew = lastScarcity.map { $0.duration(to: .now) > Self.quietTime } ?? true
    lastScarcity = .now
    if isNew { Log.warning("\(subject) accepts no connections for now: \(error)") }
    try await sleep(for: .milliseconds(100))
  }

  private static let quietTime = Duration.seconds(10)
}
