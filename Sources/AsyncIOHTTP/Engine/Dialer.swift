// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOTLS
internal import HTTPCore

/// Makes connections.
final class Dialer: Sendable {
  private let configuration: HTTPClient.Configuration
  /// Made once, so that connections resume sessions of each other.
  private let tls = Guarded<TLSConfiguration?>(nil)

  private static let largestTrustStore = 16 << 20

  init(_ configuration: HTTPClient.Configuration) { self.configuration = configuration }

  /// A connection to the server of a URL, and whether it speaks HTTP/2.
  func connect(to url: HTTPURL) async throws -> (stream: ByteStream, isHTTP2: Bool) {
    let connection: (ByteStream, Bool)? = try await moveOn(after: configuration.connectTimeout) {
      guard url.isSecure else {
        let stream = try await TCPStream.connect(to: url.host, port: url.port)
        return (stream, self.configuration.version == .http2)
      }
      let stream = try await TLSStream.connect(
        to: url.host, port: url.port, configuration: try await self.tlsConfiguration())
      return (stream, stream.negotiatedProtocol == "h2")
    }
    guard let connection else { throw ConnectTimeoutError(limit: configuration.connectTimeout) }
    return connection
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
