// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Turns names into addresses, on threads of its own, so that a slow name server holds up nobody who
/// has something else to do.
///
/// One look-up for a name at a time: who asks for the same waits for the same answer. Answers are kept for
/// a few seconds.
final class Resolver: Sendable {
  private struct Answer {
    let addresses: [SocketAddress]
    let expiry: Int64
  }

  private struct State {
    var underWay: [String: Completion<[SocketAddress]>] = [:]
    var answers: [String: Answer] = [:]

    /// What there is for a host; a look-up that has to be started is under way from here on.
    mutating func request(_ host: String, now: Int64) -> Request {
      if let answer = answers[host], answer.expiry > now { return .answer(answer.addresses) }
      if let completion = underWay[host] { return .underWay(completion) }
      let completion = Completion<[SocketAddress]>()
      underWay[host] = completion
      return .new(completion)
    }
  }

  private enum Request {
    case answer([SocketAddress])
    case underWay(Completion<[SocketAddress]>)
    case new(Completion<[SocketAddress]>)
  }

  private static let lifetime: Int64 = 5_000_000_000
  private static let capacity = 256
  private static let threads = 4

  private let pool: BlockingPool
  private let state = Guarded(State())
  private let lookUp: @Sendable (String) throws -> [SocketAddress]

  /// - `lookUp`: Asks the system; blocks.
  init(
    _ name: String,
    lookUp: @escaping @Sendable (String) throws -> [SocketAddress] = {
      try SystemResolver.lookUp($0, port: 0, family: nil)
    }
  ) {
    pool = BlockingPool(name: "\(name.prefix(5))-dns", limit: Self.threads)
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
    return try await loop.resolver.addresses(of: name, on: loop).map { $0.with(port: port) }
  }

  func addresses(of host: String, on loop: EventLoop) async throws -> [SocketAddress] {
    let now = loop.currentTime()
    switch state.withLock({ $0.request(host, now: now) }) {
    case .answer(let addresses): return addresses
    case .underWay(let completion): return try await completion.value(.completion)
    case .new(let completion):
      start(host, completion, on: loop)
      return try await completion.value(.completion)
    }
  }

  private func start(_ host: String, _ completion: Completion<[SocketAddress]>, on loop: EventLoop)
  {
    let hold = loop.hold()
    let lookUp = lookUp
    // Goes on when whoever asked for it is cancelled: others may wait for it.
    _ = TaskFactory.start(
      label: .given("resolve \(host)"), site: SourceSite(#fileID, #line), on: loop,
      .survivesShutdown
    ) { [self] in
      let result: Result<[SocketAddress], any Error>
      do {
        result = .success(try await pool.run { try lookUp(host) })
      } catch {
        result = .failure(error)
      }
      keep(result, host, now: loop.currentTime())
      completion.complete(result)
      hold.release()
    }
  }

  private func keep(_ result: Result<[SocketAddress], any Error>, _ host: String, now: Int64) {
    state.withLock { state in
      state.underWay[host] = nil
      guard case .success(let addresses) = result else { return }
      if state.answers.count >= Self.capacity {
        state.answers = state.answers.filter { $0.value.expiry > now }
      }
      guard state.answers.count < Self.capacity else { return }
      state.answers[host] = Answer(
        addresses: addresses, expiry: now.addingSaturating(Self.lifetime))
    }
  }

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
