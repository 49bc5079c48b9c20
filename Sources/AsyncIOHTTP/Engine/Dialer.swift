// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOTLS
internal import HTTPCore
internal import HTTPTypes

/// Makes connections.
final class Dialer: Sendable {
  /// A connection that was made.
  struct Dialed: Sendable {
    let stream: ByteStream
    let isHTTP2: Bool
    let times: DialTimes
  }

  private let configuration: HTTPClient.Configuration
  /// Made once, so that connections resume sessions of each other.
  private let tls = Guarded<TLSConfiguration?>(nil)

  private static let largestTrustStore = 16 << 20

  init(_ configuration: HTTPClient.Configuration) { self.configuration = configuration }

  /// A connection to the server of a URL.
  func connect(to url: HTTPURL, by route: Route) async throws -> Dialed {
    let limit = configuration.connectTimeout
    let dialed = try await moveOn(after: limit) { try await self.dial(url, route) }
    guard let dialed else { throw PhaseTimeout(phase: .connect, limit: limit) }
    configuration.trace?(
      .note("connected to \(dialed.stream.peerDescription)\(dialed.isHTTP2 ? ", HTTP/2" : "")"))
    return dialed
  }

  private func dial(_ url: HTTPURL, _ route: Route) async throws -> Dialed {
    var times = DialTimes()
    var stream: ByteStream
    switch route {
    case .unix(let path): stream = try await unixStream(path, &times)
    case .direct: stream = try await tcpStream(url.host, url.port, &times)
    case .proxy(let proxy): stream = try await proxyStream(proxy, to: url, &times)
    }
    guard url.isSecure else {
      return Dialed(stream: stream, isHTTP2: configuration.version == .http2, times: times)
    }
    let secure = try await tlsStream(
      over: stream, url.host, try await tlsConfiguration(), &times)
    return Dialed(stream: secure, isHTTP2: secure.negotiatedProtocol == "h2", times: times)
  }

  // MARK: Sockets

  private func tcpStream(
    _ host: String, _ port: Int, _ times: inout DialTimes
  ) async throws -> ByteStream {
    let (addresses, resolve) = try await timed(.resolve, configuration.timeouts.resolve) {
      try await TCPStream.addresses(of: host, port: port)
    }
    let (stream, connect) = try await timed(.connect, configuration.timeouts.connect) {
      try await TCPStream.connect(toFirstOf: addresses, of: host, port: port)
    }
    (times.resolve, times.connect) = (resolve, connect)
    return stream
  }

  private func unixStream(_ path: String, _ times: inout DialTimes) async throws -> ByteStream {
    let (stream, connect) = try await timed(.connect, configuration.timeouts.connect) {
      try await UnixStream.connect(path: path)
    }
    times.connect = connect
    return stream
  }

  private func timed<Result: Sendable>(
    _ phase: HTTPClient.Phase, _ limit: Duration?, _ body: () async throws -> Result
  ) async throws -> (Result, Duration) {
    let start = LoopClock.Instant.now
    guard let limit else { return (try await body(), start.duration(to: .now)) }
    guard let result = try await moveOn(after: limit, body) else {
      throw PhaseTimeout(phase: phase, limit: limit)
    }
    return (result, start.duration(to: .now))
  }

  // MARK: Proxies

  private func proxyStream(
    _ proxy: ProxyServer, to url: HTTPURL, _ times: inout DialTimes
  ) async throws -> ByteStream {
    var stream = try await tcpStream(proxy.url.host, proxy.url.port, &times)
    if proxy.url.isSecure {
      var settings = try await tlsConfiguration()
      settings.protocols = ["http/1.1"]
      stream = try await tlsStream(over: stream, proxy.url.host, settings, &times)
    }
    // Without TLS the proxy is asked itself.
    guard url.isSecure else { return stream }
    let start = LoopClock.Instant.now
    do {
      let tunnel = ProxyTunnel(stream, to: url, by: proxy, configuration)
      _ = try await timed(.proxy, configuration.timeouts.proxy) { try await tunnel.open() }
      times.connect = (times.connect ?? .zero) + start.duration(to: .now)
      return stream
    } catch {
      stream.abort()
      throw error
    }
  }

  // MARK: TLS

  private func tlsStream(
    over stream: ByteStream, _ host: String, _ settings: TLSConfiguration, _ times: inout DialTimes
  ) async throws -> TLSStream {
    let (secure, time) = try await timed(.tls, configuration.timeouts.tls) {
      try await TLSStream.client(over: stream, host: host, configuration: settings)
    }
    times.tls = (times.tls ?? .zero) + time
    configuration.trace?(.note("\(secure.version), \(secure.cipher), certificate of \(host)"))
    return secure
  }

  private func tlsConfiguration() async throws -> TLSConfiguration {
    if let made = tls.withLock({ $0 }) { return made }
    var new = TLSConfiguration()
    if let path = configuration.trustedCertificates {
      do {
        new.roots = .pem(try await Files.read(path, limit: Self.largestTrustStore))
      } catch let error where !(error is CancellationError) {
        throw TrustError(cause: error)
      }
    }
    // The phase is over before, and says so.
    new.handshakeTimeout =
      (configuration.timeouts.tls ?? configuration.connectTimeout) + .seconds(1)
    if !configuration.verifiesCertificates { new.verification = .none }
    switch configuration.version {
    case .automatic: new.protocols = ["h2", "http/1.1"]
    case .http1: new.protocols = ["http/1.1"]
    case .http2: new.protocols = ["h2"]
    }
    return tls.withLock { made in
      if let made { return made }
      made = new
      return new
    }
  }
}
