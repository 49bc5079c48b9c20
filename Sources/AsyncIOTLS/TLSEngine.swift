// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import COpenSSL
internal import Synchronization

/// OpenSSL's machine for one connection: plain bytes on one side, TLS records on the other.
///
/// Unchecked: the machine is only touched under the mutex.
final class TLSEngine: @unchecked Sendable {
  /// What a step came to.
  enum Step {
    case done(Int)
    /// Bytes from the peer are needed.
    case wantsInput
    /// The peer has said that nothing more comes.
    case closed
    case failed(TLSFailure)
  }

  private let mutex = Mutex(())
  private let tls: OpaquePointer
  private let context: TLSContext

  init(
    _ context: TLSContext, host: String?, isAddress: Bool, checksHost: Bool, subject: String
  ) throws(TLSError) {
    guard let tls = asyncio_tls_new(context.pointer, host, isAddress, checksHost) else {
      throw TLSError(.configuration, TLSContext.lastError(), subject)
    }
    self.tls = tls
    self.context = context
  }

  deinit { asyncio_tls_free(tls) }

  func handshake() -> Step { step { asyncio_tls_handshake(tls) } }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
    step { asyncio_tls_read(tls, buffer.baseAddress, buffer.count) }
  }

  /// Whether there is something to read, without taking it.
  func peek() -> Step { step { asyncio_tls_peek(tls) } }

  func write(_ bytes: UnsafeRawBufferPointer) -> Step {
    step { asyncio_tls_write(tls, bytes.baseAddress, bytes.count) }
  }

  private func step(_ body: () -> Int32) -> Step {
    mutex.withLock { _ in
      switch body() {
      case let count where count > 0: .done(Int(count))
      case Int32(ASYNCIO_TLS_WANTS_INPUT): .wantsInput
      case Int32(ASYNCIO_TLS_CLOSED): .closed
      // Under the lock: the errors are the thread's.
      default: .failed(TLSContext.lastFailure())
      }
    }
  }

  func shutDown() { mutex.withLock { _ in asyncio_tls_shutdown(tls) } }

  func feed(_ bytes: [UInt8]) -> Bool {
    mutex.withLock { _ in
      bytes.withUnsafeBytes { bytes in
        bytes.baseAddress.map { asyncio_tls_feed(tls, $0, bytes.count) } ?? true
      }
    }
  }

  func feedEnd() { mutex.withLock { _ in asyncio_tls_feed_end(tls) } }

  var hasOutput: Bool { mutex.withLock { _ in asyncio_tls_output_count(tls) > 0 } }

  /// What is to be sent to the peer.
  func takeOutput() -> [UInt8] {
    mutex.withLock { _ in
      let count = asyncio_tls_output_count(tls)
      guard count > 0 else { return [] }
      return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = buffer.baseAddress.map { asyncio_tls_take_output(tls, $0, count) } ?? 0
      }
    }
  }

  // MARK: What was agreed on

  var verificationFailure: String? {
    mutex.withLock { _ in asyncio_tls_verification_failure(tls).map { String(cString: $0) } }
  }

  var version: String { mutex.withLock { _ in String(cString: asyncio_tls_version(tls)) } }
  var cipher: String { mutex.withLock { _ in String(cString: asyncio_tls_cipher(tls)) } }
  var wasResumed: Bool { mutex.withLock { _ in asyncio_tls_was_resumed(tls) } }

  var negotiatedProtocol: String? {
    mutex.withLock { _ in
      var name: UnsafePointer<UInt8>?
      let count = asyncio_tls_protocol(tls, &name)
      guard count > 0, let name else { return nil }
      return String(decoding: UnsafeBufferPointer(start: name, count: count), as: UTF8.self)
    }
  }

  var peerCertificate: [UInt8]? { copied { asyncio_tls_peer_certificate(tls, &$0) } }
  var session: [UInt8]? { copied { asyncio_tls_session(tls, &$0) } }

  private func copied(_ body: (inout UnsafeMutablePointer<UInt8>?) -> Int) -> [UInt8]? {
    mutex.withLock { _ in
      var bytes: UnsafeMutablePointer<UInt8>?
      let count = body(&bytes)
      defer { asyncio_tls_free_bytes(bytes) }
      guard count > 0, let bytes else { return nil }
      return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
  }

  func resume(_ session: [UInt8]) -> Bool {
    mutex.withLock { _ in asyncio_tls_resume(tls, session, session.count) }
  }
}
