// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import Synchronization

/// The bytes of a TLS connection, over any stream.
final class TLSTransport: ByteTransport {
  let subject: String
  let engine: TLSEngine
  let stream: ByteStream
  private let configuration: TLSConfiguration
  /// Records leave in the order in which they were made.
  private let sending = AsyncLock()
  private let hasFailed = Atomic<Bool>(false)
  /// What was found wrong behind bytes that were still right.
  private let readFailure = Guarded<TLSFailure?>(nil)
  /// Records that left the engine and not this process: whoever sends next begins with them, whoever was
  /// cancelled before.
  private let unsent = Mutex<[UInt8]>([])
  private let isResumable: Bool

  init(
    _ engine: TLSEngine, over stream: ByteStream, _ configuration: TLSConfiguration,
    subject: String, isClient: Bool
  ) {
    self.engine = engine
    self.stream = stream
    self.configuration = configuration
    self.subject = subject
    isResumable = isClient
  }

  var isClosed: Bool { stream.isClosed }

  // MARK: Handshake

  func handshake() async throws {
    do {
      try await withTimeout(configuration.handshakeTimeout) { try await self.shakeHands() }
    } catch is TimeoutError {
      stream.abort()
      throw TLSError(
        .handshakeTimedOut, "the handshake took longer than \(configuration.handshakeTimeout)",
        subject)
    } catch let error as TLSError {
      // A reset would overtake the alert that tells the peer why.
      await stream.close()
      throw error
    } catch {
      stream.abort()
      throw error
    }
  }

  private func shakeHands() async throws {
    while true {
      let step = engine.handshake()
      if case .failed(let failure) = step {
        await sendAlert()
        throw handshakeFailure(failure)
      }
      if hasOutput { try await flush() }
      switch step {
      case .done: return
      case .wantsInput:
        guard try await feed() else {
          throw TLSError(.handshake, "the connection was closed during the handshake", subject)
        }
      case .closed: throw TLSError(.handshake, "the peer gave up the handshake", subject)
      case .failed: return
      }
    }
  }

  /// Tells the peer why the connection ends, if it still listens, RFC 8446, section 6.2.
  private func sendAlert() async {
    guard hasOutput else { return }
    let limit = configuration.closeTimeout
    _ = try? await withCancellationShield(grace: limit) {
      try await withTimeout(limit) { try await self.flush() }
    }
  }

  private func handshakeFailure(_ failure: TLSFailure) -> TLSError {
    if failure.isRefusedCertificate {
      let refusal = engine.verificationFailure ?? failure.reason
      return TLSError(.certificate, "the peer's certificate was refused: \(refusal)", subject)
    }
    if failure.alert != nil {
      return TLSError(.handshake, "the peer refused the handshake: \(failure.reason)", subject)
    }
    return TLSError(.handshake, "the handshake failed: \(failure.reason)", subject)
  }

  /// What to throw after the handshake.
  private func end(with failure: TLSFailure) async -> TLSError {
    await sendAlert()
    if failure.isAboutHandshake { return handshakeFailure(failure) }
    if failure.alert != nil {
      return TLSError(.alert, "the peer ended the connection: \(failure.reason)", subject)
    }
    return TLSError(.protocolViolation, failure.reason, subject)
  }

  // MARK: Reading

  func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
    if let failure = readFailure.withLock({ $0 }) { throw await end(with: failure) }
    while true {
      switch engine.read(into: buffer) {
      case .done(let count): return count
      case .closed: return 0
      case .failed(let failure): throw await end(with: failure)
      case .wantsInput:
        // An answer to the peer may be due, to a change of keys for example.
        if hasOutput { try await flush() }
        guard try await feed() else {
          throw TLSError(
            .truncated, "the connection ended without a farewell; what came may be cut short",
            subject)
        }
      }
    }
  }

  func read(upTo limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws -> Int {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(limit, Self.recordSize), alignment: 16)
    defer { memory.deallocate() }
    var count = try await read(into: memory)
    // Small records that have come together are taken together.
    while count > 0, count < memory.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
      let step = engine.read(into: rest)
      if case .failed(let failure) = step { readFailure.withLock { $0 = failure } }
      guard case .done(let more) = step else { break }
      count += more
    }
    if count > 0 { take(UnsafeRawBufferPointer(rebasing: memory[..<count])) }
    return count
  }

  /// The largest record, RFC 8446, section 5.1.
  private static let recordSize = 16384

  /// A record that was not asked for makes a connection that was idle unfit; session tickets, which the engine takes, do not.
  var isQuiet: Bool {
    guard stream.isQuiet else { return false }
    return if case .wantsInput = engine.peek() { true } else { false }
  }

  var hasPeerFinished: Bool { stream.hasPeerFinished }

  func onPeerFinish(_ body: (@Sendable () -> Void)?) { stream.onPeerFinish(body) }

  /// Hands the engine what comes from the peer; false at the end.
  private func feed() async throws -> Bool {
    let bytes = try await stream.read()
    if bytes.isEmpty {
      engine.feedEnd()
      return false
    }
    guard engine.feed(bytes) else { throw TLSError(.protocolViolation, "out of memory", subject) }
    return true
  }

  // MARK: Writing

  func write(_ bytes: UnsafeRawBufferPointer) async throws -> Int {
    if Task.isCancelled { throw CancellationError() }
    if hasFailed.load(ordering: .acquiring) { throw StreamClosedError() }
    let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.recordSize))
    switch engine.write(piece) {
    case .done(let count):
      do {
        try await flush()
      } catch {
        // The record cannot be taken back, and the peer can make nothing of what comes after it.
        hasFailed.store(true, ordering: .releasing)
        throw IncompleteWriteError(written: 0, total: bytes.count, cause: error)
      }
      return count
    case .closed: throw StreamClosedError()
    case .wantsInput:
      throw TLSError(.protocolViolation, "the peer asks for a new handshake", subject)
    case .failed(let failure): throw await end(with: failure)
    }
  }

  func write(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int { try await write(pieces[0]) }

  private var hasOutput: Bool { engine.hasOutput || unsent.withLock { !$0.isEmpty } }

  /// Sends the records that are ready.
  ///
  /// Cancelled before a byte of them has left, they stay: their place among the records is fixed.
  private func flush() async throws {
    try await sending.withLock {
      while case let records = takeRecords(), !records.isEmpty {
        try await stream.write(records)
        unsent.withLock { $0 = [] }
      }
    }
  }

  private func takeRecords() -> [UInt8] {
    unsent.withLock { unsent in
      if unsent.isEmpty { unsent = engine.takeOutput() }
      return unsent
    }
  }

  // MARK: The end

  func finishWriting() async throws {
    engine.shutDown()
    try await flush()
  }

  /// Says farewell, which a peer that does not read cannot hold up for long, and closes; its answer is not
  /// waited for, as RFC 8446, section 6.1, allows.
  func close() async {
    guard !stream.isClosed else { return }
    keepSession()
    engine.shutDown()
    let limit = configuration.closeTimeout
    // Also for a task that was cancelled: what it has written before is to reach the peer.
    _ = try? await withCancellationShield(grace: limit) {
      try await withTimeout(limit) { try await self.flush() }
    }
    await stream.transport.close()
  }

  func closeNow(reset: Bool) {
    keepSession()
    stream.transport.closeNow(reset: reset)
  }

  /// TLS 1.3 sends what a session is resumed with after the handshake, so it is looked for at the end.
  private func keepSession() {
    guard isResumable, let session = engine.session else { return }
    configuration.sessions.keep(session, for: subject)
  }
}
