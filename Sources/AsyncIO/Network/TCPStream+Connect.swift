// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Glibc

extension TCPStream {
  /// Connects to a host, by name or by address.
  ///
  /// A name is looked up beside the loop; an address is used as it is. With several addresses, both
  /// families take turns: each next attempt starts when the last has failed, or 250 ms after it began,
  /// while the earlier ones go on. The first connection wins, all others are closed before the call
  /// returns (Happy Eyeballs, RFC 8305).
  ///
  /// **Cancellation.** Throws `CancellationError` as soon as every attempt has been closed. There is no
  /// limit on the time but the system's: use `withTimeout`.
  ///
  /// - Parameter local: The address to connect from.
  /// - Throws: ``ResolveError``; ``ConnectError`` with what became of each address; ``IOError`` when the peer
  ///   goes in the moment in which it has answered.
  public static func connect(
    to host: String, port: Int, from local: SocketAddress? = nil, options: Options = Options(),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TCPStream {
    let found = try await Resolver.addresses(of: host, port: port)
    let usable = found.filter { local == nil || $0.family == local?.family }
    return try await connect(
      to: usable.interleaved, from: local, options, subject(host, port), SourceSite(file, line))
  }

  /// The addresses of a host: the first half of ``connect(to:port:from:options:file:line:)``, for those that time both.
  package static func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
    try await Resolver.addresses(of: host, port: port)
  }

  /// Connects to a host whose addresses are known: the second half.
  package static func connect(
    toFirstOf addresses: [SocketAddress], of host: String, port: Int,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TCPStream {
    try await connect(
      to: addresses.interleaved, from: nil, Options(), subject(host, port), SourceSite(file, line))
  }

  private static func subject(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Connects to an address.
  ///
  /// **Cancellation.** As ``connect(to:port:from:options:file:line:)``.
  ///
  /// - Throws: ``ConnectError`` with the address; `CancellationError`.
  public static func connect(
    to address: SocketAddress, from local: SocketAddress? = nil, options: Options = Options(),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TCPStream {
    require(address.family != .unix, "TCPStream: \(address) is a Unix domain socket")
    return try await connect(
      to: [address], from: local, options, "\(address)", SourceSite(file, line))
  }

  /// RFC 8305, section 5: the recommended Connection Attempt Delay.
  static let attemptDelay = Duration.milliseconds(250)

  static func connect(
    to addresses: [SocketAddress], from local: SocketAddress?, _ options: Options,
    _ subject: String, _ site: SourceSite? = nil
  ) async throws -> TCPStream {
    let outcome = try await StaggeredRace.run(addresses, delay: attemptDelay) { address in
      try await SocketConnector.stream(to: address, from: local)
    } discard: {
      $0.closeDescriptor()
    }
    switch outcome {
    case .won(let socket):
      do {
        return try TCPStream(socket, options, site)
      } catch let error as SystemError {
        // The peer has gone in the same moment.
        throw IOError("connect to", subject, error)
      }
    case .failed(let errors):
      let attempts = zip(addresses, errors).map { ConnectError.Attempt(address: $0, error: $1) }
      throw ConnectError(subject: subject, attempts: attempts)
    }
  }
}

extension [SocketAddress] {
  /// The families in turn, beginning with the first one's, RFC 8305, section 4.
  var interleaved: [SocketAddress] {
    guard let first else { return [] }
    let preferred = filter { $0.family == first.family }
    let others = filter { $0.family != first.family }
    var result: [SocketAddress] = []
    for index in 0..<Swift.max(preferred.count, others.count) {
      if index < preferred.count { result.append(preferred[index]) }
      if index < others.count { result.append(others[index]) }
    }
    return result
  }
}
