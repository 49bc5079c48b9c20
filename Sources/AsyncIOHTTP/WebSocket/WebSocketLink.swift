// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCodings
internal import HTTPCore

/// The connection below a WebSocket.
///
///     open ──close sent──► closing ──close received──► over
///      └───close received──► closing (answered) ──────► over
///      └───failure────────────────────────────────────► over
final class WebSocketLink: Sendable {
  private struct State {
    var waiting: [WebSocket.Message] = []
    var waitingBytes = 0
    /// How it has ended, or ends; messages that have come before can still be taken.
    var closure: WebSocket.Closure?
    var hasSentClose = false
    var hasReceivedClose = false
    /// Nothing more comes.
    var isOver = false
    /// What the latest ping of the peer has said, and was not answered.
    var pendingPong: [UInt8]?
    /// Those that wait for the answer to a ping, by what it says.
    var pings: [UInt64: AsyncEvent] = [:]
    var lastPing: UInt64 = 0
    var lastInput = LoopClock.Instant.now
    /// Whether the peer is held back, since nobody takes its messages.
    var isFull = false
  }

  let stream: ByteStream
  let options: WebSocket.Options
  private let isServer: Bool
  private let state = Guarded(State())
  /// Rings when there is something to take.
  private let bell = AsyncEvent()
  /// Rings when there is room again.
  private let room = AsyncEvent()
  /// Rings when there is a pong to send.
  let chores = AsyncEvent()
  /// Is set when nothing more comes.
  let over = AsyncEvent()
  /// One frame after the other.
  private let sending = AsyncLock()
  private let deflater: MessageCoder?
  private let inflater: MessageCoder?
  /// Ends the connection when the peer takes nothing.
  private let watch: ConnectionWatch

  /// So many bytes wait to be taken: then the peer is held back.
  private static let mostWaitingBytes = 256 << 10
  /// Smaller messages are not worth to be compressed.
  private static let smallestCompressed = 1024

  init(
    _ stream: ByteStream, isServer: Bool, _ options: WebSocket.Options,
    _ deflate: DeflateParameters?
  ) throws {
    self.stream = stream
    self.isServer = isServer
    self.options = options
    watch = ConnectionWatch(.ambient) { _ in stream.abort() }
    guard let deflate else {
      (deflater, inflater) = (nil, nil)
      return
    }
    let (ours, theirs) =
      isServer
      ? (deflate.serverWindow, deflate.clientWindow)
      : (deflate.clientWindow, deflate.serverWindow)
    let (forgets, theyForget) =
      isServer
      ? (deflate.serverForgets, deflate.clientForgets)
      : (deflate.clientForgets, deflate.serverForgets)
    // zlib cannot do 8: then what is sent is not compressed, which is always allowed.
    deflater =
      ours > 8 ? try MessageCoder(compresses: true, windowBits: ours, forgets: forgets) : nil
    inflater = try MessageCoder(compresses: false, windowBits: theirs, forgets: theyForget)
  }

  var peerDescription: String { stream.peerDescription }
  var closure: WebSocket.Closure? { state.withLock { $0.closure } }
  /// When something has come for the last time: now, if that is not looked at since nobody takes messages.
  var lastInput: LoopClock.Instant { state.withLock { $0.isFull ? .now : $0.lastInput } }

  private static func error(_ closure: WebSocket.Closure?) -> WebSocketError {
    WebSocketError(closure?.code ?? .abnormal, closure?.reason ?? "")
  }

  // MARK: Sending

  func send(_ opcode: WebSocketOpcode, _ payload: [UInt8]) async throws {
    try await withTurn {
      guard let deflater, payload.count >= Self.smallestCompressed else {
        return try await write(opcode, payload, isCompressed: false)
      }
      try Task.checkCancellation()
      do {
        try await write(opcode, deflater.compress(payload), isCompressed: true)
      } catch {
        // The peer has not got what later messages would refer to.
        deflater.forget()
        throw error
      }
    }
  }

  /// Runs `body` when no other frame is being sent, and none of them was the last.
  private func withTurn(_ body: () async throws -> Void) async throws {
    try await sending.withLock {
      let (closure, mayNot) = state.withLock {
        ($0.closure, $0.hasSentClose || $0.isOver || $0.closure != nil)
      }
      if mayNot { throw Self.error(closure) }
      do {
        try await body()
      } catch let error where !(error is CancellationError) {
        fail(.abnormal, "\(error)")
        throw Self.error(self.closure)
      }
    }
  }

  private func write(
    _ opcode: WebSocketOpcode, _ payload: [UInt8], isCompressed: Bool = false
  ) async throws {
    let mask = isServer ? nil : UInt32.random(in: .min ... .max)
    watch.begin(.write, within: options.writeTimeout)
    defer { watch.rest(.output) }
    try await stream.write(
      WebSocketEncoder.frame(opcode, payload, isCompressed: isCompressed, mask: mask))
  }

  // MARK: Taking

  func receive() async throws -> WebSocket.Message? {
    while true {
      let (message, closure, isOver) = state.withLock { state in
        guard !state.waiting.isEmpty else {
          bell.clear()
          return (WebSocket.Message?.none, state.closure, state.isOver || state.closure != nil)
        }
        let message = state.waiting.removeFirst()
        state.waitingBytes -= message.size
        return (message, nil, false)
      }
      if let message {
        room.set()
        return message
      }
      if isOver {
        guard let closure, closure.code.isOrderly else { throw Self.error(closure) }
        return nil
      }
      try await bell.wait()
    }
  }

  // MARK: The end

  /// Says that the connection ends; false when that was said before.
  @discardableResult
  private func sendClose(_ code: WebSocket.CloseCode, _ reason: String) async -> Bool {
    let isFirst = state.withLock { state in
      if state.hasSentClose || state.isOver { return false }
      if state.closure == nil { state.closure = .init(code: code, reason: reason) }
      return true
    }
    guard isFirst else { return false }
    let payload =
      code == .none ? [] : WebSocketEncoder.closePayload(code: code.rawValue, reason: reason)
    do {
      let limit = options.closeTimeout
      try await withCancellationShield(grace: limit) {
        let isSent: Void? = try await moveOn(after: limit) { try await self.writeClose(payload) }
        if isSent == nil { throw WebSocketError(.abnormal, "the peer takes nothing") }
      }
    } catch {
      fail(.abnormal, "\(error)")
      stream.abort()
    }
    bell.set()
    // What comes now is nobody's, and is read for the peer's answer.
    room.set()
    return true
  }

  private func writeClose(_ payload: [UInt8]) async throws {
    try await sending.withLock {
      let mayNot = state.withLock { state in
        defer { state.hasSentClose = true }
        return state.hasSentClose || state.isOver
      }
      if !mayNot { try await write(.close, payload) }
    }
  }

  func close(_ code: WebSocket.CloseCode, _ reason: String) async {
    await sendClose(code, reason)
    let limit = options.closeTimeout
    let over = over
    // Also for a task that is cancelled.
    try? await withCancellationShield(grace: limit) {
      let isOver: Void? = try await moveOn(after: limit) { try await over.wait() }
      if isOver == nil { stream.abort() }
    }
    if !over.isSet { stream.abort() }
  }

  /// As `close`, without waiting for the answer.
  func announceEnd(_ code: WebSocket.CloseCode) async { await sendClose(code, "") }

  /// The connection cannot be used any more.
  func fail(_ code: WebSocket.CloseCode, _ reason: String) {
    let pings = state.withLock { state in
      if state.closure == nil { state.closure = .init(code: code, reason: reason) }
      state.isOver = true
      defer { state.pings = [:] }
      return Array(state.pings.values)
    }
    for ping in pings { ping.set() }
    bell.set()
    room.set()
    over.set()
    chores.set()
  }

  // MARK: Reading

  /// Reads until nothing more comes.
  func read() async {
    var decoder = WebSocketDecoder(
      isServer: isServer, allowsCompression: inflater != nil, limit: options.maxMessageSize)
    do {
      while try await readSome(&decoder) {}
    } catch let fault as WebSocketFault {
      let code = WebSocket.CloseCode(rawValue: fault.code)
      await sendClose(code, fault.description)
      fail(code, fault.description)
    } catch {
      fail(.abnormal, "\(error is IncompleteReadError ? "the peer has gone" : "\(error)")")
    }
  }

  /// Reads what has come; false when nothing more is to be read.
  private func readSome(_ decoder: inout WebSocketDecoder) async throws -> Bool {
    var events: [WebSocketDecoder.Event] = []
    var fault: WebSocketFault?
    try await stream.parse { bytes, isLast in
      var position = 0
      do throws(WebSocketFault) {
        while let event = try decoder.next(in: bytes, at: &position) { events.append(event) }
      } catch {
        fault = error
      }
      return (position > 0 || fault != nil, position)
    }
    state.withLock { $0.lastInput = .now }
    for event in events { if try await !handle(event) { return false } }
    if let fault { throw fault }
    return true
  }

  private func handle(_ event: WebSocketDecoder.Event) async throws -> Bool {
    switch event {
    case .message(let isText, let isCompressed, let bytes):
      try await put(isText: isText, isCompressed ? inflated(bytes, isText: isText) : bytes)
    case .ping(let payload):
      // The latest only: section 5.5.3.
      state.withLock { $0.pendingPong = payload }
      chores.set()
    case .pong(let payload):
      let number = payload.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let ping = state.withLock { payload.count == 8 ? $0.pings.removeValue(forKey: number) : nil }
      ping?.set()
    case .close(let code, let reason):
      let code = WebSocket.CloseCode(rawValue: code)
      state.withLock { state in
        state.hasReceivedClose = true
        if state.closure == nil { state.closure = .init(code: code, reason: reason) }
      }
      await sendClose(code, "")
      fail(code, reason)
      return false
    }
    return true
  }

  private func inflated(_ bytes: [UInt8], isText: Bool) throws -> [UInt8] {
    guard let inflater else { throw WebSocketFault.malformed("a message is compressed") }
    do throws(MessageCoder.Failure) {
      return try inflater.decompress(bytes, limit: options.maxMessageSize)
    } catch {
      switch error {
      case .malformed: throw WebSocketFault.malformed("a compressed message is malformed")
      case .tooLarge: throw WebSocketFault.tooLarge(options.maxMessageSize)
      }
    }
  }

  private func put(isText: Bool, _ bytes: [UInt8]) async throws {
    let message: WebSocket.Message
    if isText {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw WebSocketFault.notText
      }
      message = .text(text)
    } else {
      message = .binary(bytes)
    }
    while true {
      let isTaken = state.withLock { state in
        // What comes after the end was said is nobody's.
        if state.hasSentClose || state.isOver { return true }
        let isFull =
          state.waiting.count >= options.maxWaitingMessages
          || state.waitingBytes > 0 && state.waitingBytes + bytes.count > Self.mostWaitingBytes
        state.isFull = isFull
        guard !isFull else {
          room.clear()
          return false
        }
        state.waiting.append(message)
        state.waitingBytes += bytes.count
        return true
      }
      if isTaken { break }
      try await room.wait()
    }
    bell.set()
  }

  // MARK: Signs of life

  func ping() async throws -> Duration {
    let answered = AsyncEvent()
    let begin = LoopClock.Instant.now
    let number = state.withLock { state in
      state.lastPing += 1
      state.pings[state.lastPing] = answered
      return state.lastPing
    }
    defer { state.withLock { $0.pings[number] = nil } }
    let payload = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - UInt64($0) * 8)) }
    try await withTurn { try await write(.ping, payload) }
    try await answered.wait()
    if let closure, state.withLock({ $0.isOver }) { throw Self.error(closure) }
    return begin.duration(to: .now)
  }

  /// Answers the peer's latest ping, if there is one.
  func sendPong() async {
    let payload = state.withLock { state in
      chores.clear()
      defer { state.pendingPong = nil }
      return state.pendingPong
    }
    // Not after the end was said, which `withTurn` sees to.
    if let payload { try? await withTurn { try await write(.pong, payload) } }
  }
}

extension WebSocket.Message {
  fileprivate var size: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .binary(let bytes): bytes.count
    }
  }
}

extension WebSocket.CloseCode {
  /// Whether it is no sign of trouble.
  fileprivate var isOrderly: Bool { self == .normal || self == .goingAway || self == .none }
}
