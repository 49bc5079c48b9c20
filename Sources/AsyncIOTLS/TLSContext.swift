// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import COpenSSL

/// The settings as OpenSSL has them, for any number of connections.
///
/// Unchecked: constant once it is made; OpenSSL locks what connections share.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer
  private let others: [TLSContext]

  deinit { asyncio_tls_context_free(pointer) }

  /// Makes the settings beside the loop: the system's certificates are read from files.
  static func make(
    _ configuration: TLSConfiguration, isServer: Bool, subject: String
  ) async throws -> TLSContext {
    try await runBlocking {
      try TLSContext(configuration, isServer: isServer, subject: subject)
    }
  }

  private convenience init(_ configuration: TLSConfiguration, isServer: Bool, subject: String)
    throws(TLSError)
  {
    var others: [(String, TLSContext)] = []
    for (name, identity) in configuration.identities.sorted(by: { $0.key < $1.key }) {
      var other = configuration
      other.identity = identity
      other.identities = [:]
      others.append((name, try TLSContext(other, isServer: isServer, subject: name)))
    }
    try self.init(configuration, isServer: isServer, subject, others)
  }

  private init(
    _ configuration: TLSConfiguration, isServer: Bool, _ subject: String,
    _ others: [(String, TLSContext)]
  ) throws(TLSError) {
    require(
      configuration.handshakeTimeout > .zero && configuration.closeTimeout > .zero,
      "TLSConfiguration: timeouts must be positive")
    guard !isServer || configuration.identity != nil else {
      throw TLSError(
        .configuration, "a server needs an identity: TLSConfiguration.server(_:)", subject)
    }
    guard let pointer = asyncio_tls_context_new(isServer) else {
      throw TLSError(.configuration, Self.lastError(), subject)
    }
    self.pointer = pointer
    self.others = others.map(\.1)
    try setRoots(configuration, isServer, subject)
    try setIdentity(configuration, subject)
    for (name, other) in others {
      try Self.checkName(name, subject)
      try check(asyncio_tls_context_add_name(pointer, name, other.pointer), "names", subject)
    }
    try setProtocols(configuration, subject)
    let version = configuration.minimumVersion.rawValue
    try check(asyncio_tls_context_set_minimum_version(pointer, version), "the version", subject)
    asyncio_tls_context_set_verification(pointer, configuration.verification != .none)
  }

  private func setRoots(
    _ configuration: TLSConfiguration, _ isServer: Bool, _ subject: String
  ) throws(TLSError) {
    guard configuration.verification != .none else { return }
    switch configuration.roots {
    case .system:
      try check(asyncio_tls_context_use_system_roots(pointer), "the system's roots", subject)
    case .pem(let pem):
      var read: Int32 = 0
      let isGood = pem.withUnsafeBytes { bytes in
        bytes.baseAddress.map { asyncio_tls_context_add_roots(pointer, $0, bytes.count, &read) }
          ?? false
      }
      try check(
        isGood, pem.isEmpty ? "the roots, which are empty" : "certificate \(read + 1) of the roots",
        subject)
    }
  }

  /// A name that C would take for a shorter one is refused.
  static func checkName(_ name: String, _ subject: String) throws(TLSError) {
    if name.utf8.contains(0) {
      throw TLSError(
        .configuration, "the host name \(name.debugDescription) contains a NUL byte", subject)
    }
  }

  private func setIdentity(_ configuration: TLSConfiguration, _ subject: String) throws(TLSError) {
    guard let identity = configuration.identity else { return }
    var read: Int32 = 0
    let isGood = identity.chain.withUnsafeBytes { chain in
      identity.key.withUnsafeBytes { key in
        guard let chainStart = chain.baseAddress, let keyStart = key.baseAddress else {
          return false
        }
        return asyncio_tls_context_use_identity(
          pointer, chainStart, chain.count, keyStart, key.count, &read)
      }
    }
    try check(isGood, read < 0 ? "the key" : "certificate \(read + 1) of the chain", subject)
  }

  private func setProtocols(_ configuration: TLSConfiguration, _ subject: String) throws(TLSError) {
    guard !configuration.protocols.isEmpty else { return }
    var wire: [UInt8] = []
    for name in configuration.protocols {
      require(
        (1...255).contains(name.utf8.count), "TLSConfiguration: a protocol has 1 to 255 bytes")
      wire.append(UInt8(name.utf8.count))
      wire += name.utf8
    }
    try check(
      asyncio_tls_context_set_protocols(pointer, wire, wire.count), "the protocols", subject)
  }

  private func check(_ isGood: Bool, _ what: String, _ subject: String) throws(TLSError) {
    if !isGood {
      throw TLSError(.configuration, "cannot use \(what): \(Self.lastError())", subject)
    }
  }

  /// What OpenSSL says of the last failure on this thread.
  static func lastError() -> String { lastFailure().reason }

  static func lastFailure() -> TLSFailure {
    var text = [CChar](repeating: 0, count: 256)
    let kind = asyncio_tls_last_error(&text, text.count)
    let reason = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return TLSFailure(
      reason: reason, alert: kind >= 0 ? Int(kind) : nil,
      isRefusedCertificate: kind == Int32(ASYNCIO_TLS_CERTIFICATE_REFUSED))
  }
}
