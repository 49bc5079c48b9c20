// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Turns names into addresses, on threads of its own, so that a slow name server holds up nobody who
/// has something else to do.
///
/// One look-up for a name at a time: a task that asks for the same waits for the same answer. Answers are kept for
/// a few seconds.
///
/// A look-up cannot be stopped, getaddrinfo(3). One that is no longer waited for goes on, but takes no turn from others: they
/// get another thread, up to a number that only a system in trouble reaches.
final class Resolver: LoopService {
  private struct Answer {
    let addresses: [SocketAddress]
    let expiry: Int64
  }

  /// A look-up that has not ended.
  private final class LookUp: Sendable {
    private struct State {
      var waiting = 0
      var hasTurn = false
    }

    let completion = Completion<[SocketAddress]>()
    private let state = Guarded(State())

    /// One more task waits for it.
    func join() { state.withLock { $0.waiting += 1 } }

    /// One task less; true when its turn is to be given to others, since no task is left.
    func leave() -> Bool {
      state.withLock { state in
        state.waiting -= 1
        guard state.waiting == 0 else { return false }
        defer { state.hasTurn = false }
        return state.hasTurn
      }
    }

    /// It has got a turn; false when no task wants it any more.
    func begin() -> Bool {
      state.withLock { state in
        state.hasTurn = state.waiting > 0
        return state.hasTurn
      }
    }

    /// It has ended; true when it still has its turn.
    func end() -> Bool {
      state.withLock { state in
        defer { state.hasTurn = false }
        return state.hasTurn
      }
    }
  }

  private struct State {
    var underWay: [String: LookUp] = [:]
    var answers: [String: Answer] = [:]

    /// What there is for a host; a look-up that has to be started is under way from here on.
    mutating func request(_ host: String, now: Int64) -> Request {
      if let answer = answers[host], answer.expiry > now { return .answer(answer.addresses) }
      if let lookUp = underWay[host] {
        lookUp.join()
        return .underWay(lookUp)
      }
      let lookUp = LookUp()
      lookUp.join()
      underWay[host] = lookUp
      return .new(lookUp)
    }
  }

  private enum Request {
    case answer([SocketAddress])
    case underWay(LookUp)
    case new(LookUp)
  }

  private static let lifetime: Int64 = 5_000_000_000
  private static let capacity = 256
  /// How many look-ups with waiting tasks run at once.
  private static let turnCount = 8
  /// How many threads there are at the most, with those of abandoned look-ups.
  private static let maxThreads = 64

  private let pool: BlockingPool
  private let turns = AsyncSemaphore(permits: turnCount)
  private let state = Guarded(State())
  private let lookUp: @Sendable (String) throws -> [SocketAddress]

  /// - Parameter lookUp: Asks the system; blocks.
  init(
    _ name: String,
    lookUp: @escaping @Sendable (String) throws -> [SocketAddress] = {
      try SystemResolver.lookUp($0, port: 0, family: nil)
    }
  ) {
    pool = BlockingPool(name: "\(name.prefix(5))-dns", limit: Self.maxThreads)
    self.lookUp = lookUp
  }

  /// The addresses of a host, most wanted first; one that is an address itself is not looked up.
  ///
  /// Throws `CancellationError` at once when the task is cancelled; the look-up goes on.
  static func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
    try Task.checkCancellation()
    if let address = try SocketAddress.literal(host, port: port) { return [address] }
    guard !host.isEmpty else {
      throw ResolveError(host: host, message: "not a host name", code: nil)
    }
    // The system finds it in its table of hosts, where it is without the dot; RFC 6761, section 6.3.
    let name = host.lowercased() == "localhost." ? "localhost" : host
    let loop = EventLoop.ambient
    return try await loop.service(Resolver.self).addresses(of: name, on: loop).map {
      $0.with(port: port)
    }
  }

  func addresses(of host: String, on loop: EventLoop) async throws -> [SocketAddress] {
    let now = loop.currentTime()
    switch state.withLock({ $0.request(host, now: now) }) {
    case .answer(let addresses): return addresses
    case .underWay(let lookUp): return try await addresses(from: lookUp)
    case .new(let lookUp):
      start(host, lookUp, on: loop)
      return try await addresses(from: lookUp)
    }
  }

  private func addresses(from lookUp: LookUp) async throws -> [SocketAddress] {
    defer { if lookUp.leave() { turns.release() } }
    return try await lookUp.completion.value(.completion)
  }

  private func start(_ host: String, _ lookUp: LookUp, on loop: EventLoop) {
    let hold = loop.hold()
    let ask = self.lookUp
    let finish: @Sendable (Result<[SocketAddress], any Error>) -> Void = { [self] result in
      keep(result, host, lookUp, now: loop.currentTime())
      lookUp.completion.complete(result)
      hold.release()
    }
    // Goes on when the task that asked for it is cancelled: others may wait for it. The end of a run does not wait for it: the system
    // may take a minute, and cannot be stopped.
    _ = TaskFactory.start(
      label: .given("resolve \(host)"), site: SourceSite(#fileID, #line), on: loop, []
    ) { [self] in
      do {
        try await turns.acquire()
        guard begin(lookUp, host) else {
          turns.release()
          return finish(.failure(CancellationError()))
        }
        do {
          try await pool.start { [self] in
            let result = Result { try ask(host) }
            if lookUp.end() { turns.release() }
            finish(result)
          }
        } catch {
          if lookUp.end() { turns.release() }
          throw error
        }
      } catch {
        finish(.failure(error))
      }
    }
  }

  /// Whether a task still wants what has got its turn; if not, the next task that asks begins anew.
  private func begin(_ lookUp: LookUp, _ host: String) -> Bool {
    state.withLock { state in
      if lookUp.begin() { return true }
      state.underWay[host] = nil
      return false
    }
  }

  private func keep(
    _ result: Result<[SocketAddress], any Error>, _ host: String, _ lookUp: LookUp, now: Int64
  ) {
    state.withLock { state in
      if state.underWay[host] === lookUp { state.underWay[host] = nil }
      guard case .success(let addresses) = result else { return }
      if state.answers.count >= Self.capacity {
        state.answers = state.answers.filter { $0.value.expiry > now }
      }
      guard state.answers.count < Self.capacity else { return }
      state.answers[host] = Answer(
        addresses: addresses, expiry: now.addingSaturating(Self.lifetime))
    }
  }

  convenience init(of loop: EventLoop) { self.init(loop.configuration.name) }

  /// How the threads stand.
  var statistics: BlockingPool.Statistics { pool.statistics }

  func close() { pool.close() }
}

extension SocketAddress {
  func with(port: Int) -> SocketAddress {
    let port = UInt16(clamping: port)
    switch storage {
    case .ipv4(let bytes, _): return SocketAddress(.ipv4(bytes, port: port))
    case .ipv6(let bytes, _, let flow, let scope):
      return SocketAddress(.ipv6(bytes, port: port, flow: flow, scope: scope))
    case .unix: return self
    }
  }
}
