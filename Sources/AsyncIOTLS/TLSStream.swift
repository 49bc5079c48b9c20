// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO

/// A TLS connection, RFC 8446 and RFC 5246, by OpenSSL.
///
/// ```swift
/// let stream = try await TLSStream.connect(to: "example.com", port: 443)
/// try await stream.write("HEAD / HTTP/1.0\r\nHost: example.com\r\n\r\n")
/// let head = try await stream.readUntil("\r\n\r\n")
/// await stream.close()
/// ```
///
/// The peer's certificate and name are verified unless ``TLSConfiguration/verification`` says otherwise.
/// Reading and writing are described at `ByteStream`. An end of the connection without TLS's own farewell
/// is an error, ``TLSError`` with the code `truncated`, since any machine on the way could have cut it short.
///
/// Unchecked: adds constants only to a class that says what protects it.
public final class TLSStream: ByteStream, @unchecked Sendable {
  private let tls: TLSTransport

  private init(_ tls: TLSTransport, _ file: StaticString, _ line: UInt) {
    self.tls = tls
    super.init(tls, file: file, line: line)
  }

  /// Connects to a host by TCP and shakes hands.
  ///
  /// **Cancellation.** Throws `CancellationError`, and nothing is left of the attempt.
  ///
  /// - Throws: What `TCPStream.connect` throws; ``TLSError``.
  public static func connect(
    to host: String, port: Int, configuration: TLSConfiguration = TLSConfiguration(),
    options: TCPStream.Options = .init(), file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TLSStream {
    // Before the connection is made: settings that are wrong cost no connection.
    try TLSContext.checkName(host, "\(host.debugDescription):\(port)")
    let context = try await TLSContext.make(
      configuration, isServer: false, subject: "\(host):\(port)")
    let stream = try await TCPStream.connect(to: host, port: port, options: options)
    return try await client(
      stream, host, "\(host):\(port)", context, configuration, file, line)
  }

  /// Starts TLS as the client on a stream that is open: STARTTLS, a Unix domain socket, TLS in TLS.
  ///
  /// Bytes that the stream has buffered are the first that TLS reads. The stream belongs to the TLS stream
  /// from now on, and is closed with it, also when the handshake fails.
  ///
  /// **Cancellation.** Throws `CancellationError`; the stream is closed.
  ///
  /// - Parameter host: The name to ask the peer for, and to find in its certificate.
  /// - Throws: ``TLSError``, or what the stream throws.
  public static func client(
    over stream: ByteStream, host: String, configuration: TLSConfiguration = TLSConfiguration(),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TLSStream {
    let context: TLSContext
    do {
      context = try await TLSContext.make(configuration, isServer: false, subject: host)
    } catch {
      stream.abort()
      throw error
    }
    return try await client(stream, host, host, context, configuration, file, line)
  }

  private static func client(
    _ stream: ByteStream, _ host: String, _ subject: String, _ context: TLSContext,
    _ configuration: TLSConfiguration, _ file: StaticString, _ line: UInt
  ) async throws -> TLSStream {
    let isAddress = (try? SocketAddress(ip: host, port: 0)) != nil
    let engine: TLSEngine
    do {
      try TLSContext.checkName(host, subject)
      // Neither asked for nor found in a certificate with the dot that may end a name, RFC 6066, section 3.
      let name = host.count > 1 && host.hasSuffix(".") ? String(host.dropLast()) : host
      engine = try TLSEngine(
        context, host: name, isAddress: isAddress,
        checksHost: configuration.verification == .full, subject: subject)
    } catch {
      stream.abort()
      throw error
    }
    if let session = configuration.sessions.session(for: subject) { _ = engine.resume(session) }
    let transport = TLSTransport(
      engine, over: stream, configuration, subject: subject, isClient: true)
    try await transport.handshake()
    return TLSStream(transport, file, line)
  }

  /// Starts TLS as the server on a stream that is open.
  ///
  /// As ``client(over:host:configuration:file:line:)`` otherwise.
  ///
  /// **Cancellation.** Throws `CancellationError`; the stream is closed.
  ///
  /// - Throws: ``TLSError`` when the handshake fails; `IOError` of the stream below; `CancellationError`.
  public static func server(
    over stream: ByteStream, configuration: TLSConfiguration,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> TLSStream {
    do {
      let context = try await TLSContext.make(
        configuration, isServer: true, subject: stream.peerDescription)
      return try await server(over: stream, context, configuration, file, line)
    } catch {
      stream.abort()
      throw error
    }
  }

  static func server(
    over stream: ByteStream, _ context: TLSContext, _ configuration: TLSConfiguration,
    _ file: StaticString = #fileID, _ line: UInt = #line
  ) async throws -> TLSStream {
    let subject = stream.peerDescription
    let engine = try TLSEngine(
      context, host: nil, isAddress: false, checksHost: false, subject: subject)
    let transport = TLSTransport(
      engine, over: stream, configuration, subject: subject, isClient: false)
    try await transport.handshake()
    return TLSStream(transport, file, line)
  }

  // MARK: What was agreed on

  /// The version, such as `TLSv1.3`.
  public var version: String { tls.engine.version }
  /// The cipher suite, such as `TLS_AES_256_GCM_SHA384`.
  public var cipher: String { tls.engine.cipher }
  /// The protocol that both sides have agreed on, RFC 7301.
  public var negotiatedProtocol: String? { tls.engine.negotiatedProtocol }
  /// The peer's certificate in DER; nil when it has shown none.
  public var peerCertificate: [UInt8]? { tls.engine.peerCertificate }
  /// Whether an earlier session was resumed.
  public var wasResumed: Bool { tls.engine.wasResumed }
}
