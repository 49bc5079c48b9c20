// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// The settings of TLS connections.
///
/// ```swift
/// var configuration = TLSConfiguration()
/// configuration.roots = .pem(try await readFile("ca.pem"))
/// let stream = try await TLSStream.connect(to: "db.internal", port: 5433, configuration: configuration)
/// ```
///
/// Copies share the sessions of the original until a setting that affects verification is changed: a connection resumes a
/// session only if the peer was verified in the same way.
public struct TLSConfiguration: Sendable {
  /// Which certificates are trusted to vouch for others.
  public enum Roots: Sendable, Hashable {
    /// The certificates that the system trusts.
    case system
    /// The certificates of these bytes only, one after the other in PEM.
    case pem([UInt8])
  }

  /// How the peer's certificate is verified.
  public enum Verification: Sendable, Hashable {
    /// Its chain and, by a client, that it is for the host. What TLS is for.
    case full
    /// Its chain, but not its name.
    case noHostname
    /// Not at all: any peer is accepted. By a server: clients need no certificate.
    case none
  }

  /// A certificate and its key.
  public struct Identity: Sendable, Hashable {
    let chain: [UInt8]
    let key: [UInt8]

    /// A certificate, followed by those that lead to its root, and its key, which must have no password;
    /// all in PEM.
    public init(chain: [UInt8], key: [UInt8]) {
      self.chain = chain
      self.key = key
    }

    /// As the form that takes bytes, of two files.
    ///
    /// - Throws: `IOError` with the path of the file that cannot be read; `CancellationError`.
    public static func files(chain: String, key: String) async throws -> Identity {
      Identity(chain: try await Files.read(chain), key: try await Files.read(key))
    }
  }

  /// Versions of TLS.
  public enum Version: Int32, Sendable, Hashable {
    /// RFC 5246.
    case v1_2 = 12
    /// RFC 8446.
    case v1_3 = 13
  }

  /// Which certificates are trusted.
  public var roots: Roots = .system { didSet { sessions = SessionStore() } }
  /// How the peer is verified.
  ///
  /// A server requires a certificate of its clients unless this is `none`, which is what ``server(_:)`` sets.
  public var verification: Verification = .full { didSet { sessions = SessionStore() } }
  /// What this side shows; a server must have one.
  public var identity: Identity? { didSet { sessions = SessionStore() } }
  /// What a server shows instead to clients that ask for a name, which may begin with `*.`.
  public var identities: [String: Identity] = [:]
  /// The protocols that are spoken, most wanted first, RFC 7301; none are negotiated if empty.
  public var protocols: [String] = [] { didSet { sessions = SessionStore() } }
  /// The oldest version that is accepted.
  public var minimumVersion = Version.v1_2 { didSet { sessions = SessionStore() } }
  /// How long the handshake may take.
  public var handshakeTimeout = Duration.seconds(10)
  /// How long the farewell may take, when the peer does not read.
  public var closeTimeout = Duration.seconds(1)

  /// A resumed session is not verified again, so none may outlive the settings it was made under.
  private(set) var sessions = SessionStore()

  /// Settings of a client, with everything verified.
  public init() {}

  /// Settings of a server, whose clients need no certificate.
  public static func server(_ identity: Identity) -> TLSConfiguration {
    var configuration = TLSConfiguration()
    configuration.identity = identity
    configuration.verification = .none
    return configuration
  }
}
