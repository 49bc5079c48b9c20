// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// The settings of a client.
  public struct Configuration: Sendable {
    /// The longest time for a whole request, from the call to the last byte; nil for none.
    public var timeout: Duration? = .seconds(300)
    /// The longest time to make a connection: resolution, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(30)
    /// The longest time for each part of a request.
    public var timeouts = Timeouts()
    /// How many redirects are followed; 0 returns the redirect itself.
    public var maxRedirects = 10
    /// Whether a redirect may lead from `https` to `http`, where all can read along.
    public var allowsInsecureRedirects = false
    /// The largest body that `execute` collects, in bytes after decompression.
    public var maxBodySize = 64 << 20
    /// Whether compressed bodies come uncompressed; otherwise as the server has sent them.
    public var decodesBodies = true
    /// How many connections to one host there may be at once; 0 for no limit.
    ///
    /// Requests beyond it wait in the order in which they came. A client that is used on several loops has as many
    /// on each.
    public var maxConnectionsPerHost = 0
    /// How many connections there may be at once, idle ones included; 0 for no limit.
    ///
    /// As ``maxConnectionsPerHost`` otherwise. Where others wait, an idle connection is closed for them.
    public var maxConnections = 0
    /// Which versions of HTTP are used.
    public var version = Version.automatic
    /// Whether the server's certificate and name are verified.
    ///
    /// Turn it off for tests only.
    public var verifiesCertificates = true
    /// A file with the certificates to trust (PEM); nil for the system's store.
    public var trustedCertificates: String?
    /// The `User-Agent` of requests that have none.
    public var userAgent = "swift-asyncio"
    /// The proxy that requests go through.
    public var proxy = Proxy.environment
    /// The path of a Unix domain socket that all connections go to, such as `/run/docker.sock`; nil for TCP.
    ///
    /// The URLs say what `Host` says. No proxy is used.
    public var unixSocket: String?
    /// Where cookies are kept; nil for no cookies.
    public var cookies: CookieJar?
    /// Is told what goes over the connections.
    ///
    /// Called by the tasks that make the requests, which wait for it. Secrets in fields are shown as they are.
    public var trace: (@Sendable (TraceEvent) -> Void)?

    /// The usual settings.
    public init() {}
  }

  /// Which versions of HTTP are used.
  public enum Version: Sendable {
    /// HTTP/2 where a TLS server offers it, HTTP/1.1 otherwise.
    case automatic
    /// HTTP/1.1 only.
    case http1
    /// HTTP/2 at once, also without TLS, for servers that are known to speak it.
    case http2
  }

  /// The longest time for each part of a request; nil for none.
  ///
  /// When one is over, the request fails with ``HTTPError``, whose ``HTTPError/phase`` says which.
  public struct Timeouts: Sendable {
    /// To look up the name of the host.
    public var resolve: Duration? = .seconds(10)
    /// To make a TCP connection, to whichever of the addresses answers.
    public var connect: Duration? = .seconds(10)
    /// For the answer of a proxy that is asked for a tunnel.
    public var proxy: Duration? = .seconds(10)
    /// For the handshake of TLS.
    public var tls: Duration? = .seconds(10)
    /// Without progress while the request is sent.
    public var send: Duration? = .seconds(60)
    /// From the last byte of the request to the first of the answer.
    public var firstByte: Duration? = .seconds(60)
    /// Between two pieces of the answer.
    public var betweenBytes: Duration? = .seconds(60)
    /// How long a request with ``Request/expectsContinue`` waits for leave to send its body, and then sends it anyway
    /// (RFC 9110 section 10.1.1).
    public var continuation: Duration = .seconds(1)

    /// The usual times.
    public init() {}
  }
}
