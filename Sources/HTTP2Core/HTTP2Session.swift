// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CHTTP2
internal import HTTPCore
package import HTTPTypes

/// One side of a connection of HTTP/2, as a function of bytes: what comes is given to `receive` and makes events, what is called makes
/// bytes, which `send` gives out.
///
/// No sockets, no loop, no clock: the time is an argument. A session belongs to one task or thread at a time.
///
/// **Flow control.** The peer may send as much of a body as its stream's window allows, and more only once `consume` was called: so a
/// reader that is slow holds up its own stream only. What is given to `write` waits here until the peer takes it; `unsentBytes` says how
/// much that is.
///
/// **Floods** end the connection: more frames that bring nothing forward, more streams that are reset, more fields than a message needs.
package final class HTTP2Session {
  package enum Role: Sendable { case client, server }

  private let role: Role
  private let settings: HTTP2Settings
  private var raw: OpaquePointer?

  private var events: [HTTP2Event] = []
  private var collector: FieldCollector
  /// Streams whose head has come: what follows are trailers.
  private var withHead: Set<StreamID> = []
  /// Streams that a message was refused on: nothing more is told of them.
  private var refused: Set<StreamID> = []
  private var bodies: [StreamID: OutgoingBody] = [:]
  /// Bodies that have ended, and are followed by these.
  private var trailers: [(StreamID, HTTPFields)] = []

  /// The bytes on the wire of requests that are not forgotten.
  private var traffic: [StreamID: (sent: Int, received: Int)] = [:]

  private var idleFrames = FloodGuard(capacity: 10_000, perSecond: 330)
  private var faults = FloodGuard(capacity: 200, perSecond: 200 / 30)
  private var now: Int64 = 0
  private var isFlooded = false

  /// - Throws: ``HTTP2Error/outOfMemory``.
  package init(_ role: Role, _ settings: HTTP2Settings? = nil) throws(HTTP2Error) {
    self.role = role
    let settings = settings ?? (role == .server ? .server : .client)
    self.settings = settings
    collector = FieldCollector(settings.limits)
    let callbacks = asyncio_h2_callbacks(
      context: Unmanaged.passUnretained(self).toOpaque(),
      on_event: { context, event in HTTP2Session.from(context).note(event.pointee) },
      on_body: { context, stream, memory, count in
        HTTP2Session.from(context).body(
          of: stream, UnsafeMutableRawBufferPointer(start: memory, count: count))
      })
    raw = asyncio_h2_create(role == .server, settings.raw, callbacks)
    guard raw != nil else { throw .outOfMemory }
  }

  deinit { if let raw { asyncio_h2_destroy(raw) } }

  // MARK: Bytes

  /// Takes what has come, and tells what it means.
  ///
  /// - Parameter now: The time, in nanoseconds.
  /// - Throws: ``HTTP2Error/connection(_:)``: what `send` still gives out says so to the peer, and then the connection is over.
  package func receive(
    _ bytes: UnsafeRawBufferPointer, at now: Int64
  ) throws(HTTP2Error) -> [HTTP2Event] {
    guard let raw else { throw .outOfMemory }
    self.now = now
    let result = asyncio_h2_receive(
      raw, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    if result < 0 { throw .connection(Self.text(result)) }
    if isFlooded {
      asyncio_h2_terminate(raw, HTTP2ErrorCode.enhanceYourCalm.rawValue)
      throw .connection("the peer floods the connection")
    }
    return takeEvents()
  }

  /// What has happened since the last call: streams may end as bytes are sent, too.
  package func takeEvents() -> [HTTP2Event] {
    defer { events = [] }
    return events
  }

  /// The next bytes for the peer, about `limit` at the most; empty if there are none.
  package func send(upTo limit: Int = 64 << 10) throws(HTTP2Error) -> [UInt8] {
    guard let raw else { throw .outOfMemory }
    var output: [UInt8] = []
    while output.count < limit {
      var bytes: UnsafePointer<UInt8>?
      let count = asyncio_h2_send(raw, &bytes)
      if count < 0 { throw .connection(Self.text(Int32(count))) }
      // Not in the call that told of the end.
      let ended = trailers
      trailers = []
      for (stream, fields) in ended { try submitTrailers(stream, fields) }
      if count == 0 {
        if ended.isEmpty { break }
        continue
      }
      output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }
    return output
  }

  /// Whether there is a reason to keep the connection.
  package var isAlive: Bool { raw.map(asyncio_h2_is_alive) ?? false }

  /// Whether `send` has something.
  package var wantsToSend: Bool { raw.map(asyncio_h2_wants_write) ?? false }

  // MARK: Messages

  /// Begins a request, and returns its stream.
  ///
  /// - Parameter hasBody: Whether `write` or `finish` follow.
  /// - Throws: ``HTTP2Error/malformedField(_:)``; ``HTTP2Error/noNewStreams``.
  package func request(_ request: HTTP2Request, hasBody: Bool) throws(HTTP2Error) -> StreamID {
    guard let raw else { throw .outOfMemory }
    let isTunnel = request.method == "CONNECT" && request.tunnelProtocol == nil
    guard
      HeadEncoder.isRequest(
        method: request.method, target: request.path, host: request.authority, isTunnel: isTunnel)
    else { throw .malformedField(":path") }
    var list = FieldList()
    try list.append(pseudo: ":method", request.method)
    if !isTunnel {
      try list.append(pseudo: ":scheme", request.scheme)
      try list.append(pseudo: ":path", request.path)
    }
    try list.append(pseudo: ":authority", request.authority)
    if let name = request.tunnelProtocol { try list.append(pseudo: ":protocol", name) }
    try list.append(request.fields)
    let stream = list.withFields { asyncio_h2_request(raw, $0, $1, hasBody) }
    if stream < 0 { throw .noNewStreams }
    traffic[stream] = (0, 0)
    if hasBody { bodies[stream] = OutgoingBody() }
    return stream
  }

  /// Answers a request; a status of 1xx is followed by another.
  ///
  /// - Parameter hasBody: Whether `write` or `finish` follow.
  package func respond(
    _ stream: StreamID, status: Int, _ fields: HTTPFields, hasBody: Bool
  ) throws(HTTP2Error) {
    guard let raw else { throw .outOfMemory }
    var list = FieldList()
    try list.append(pseudo: ":status", String(status))
    try list.append(fields)
    if hasBody { bodies[stream] = OutgoingBody() }
    let result = list.withFields { fields, count in
      status < 200
        ? asyncio_h2_inform(raw, stream, fields, count)
        : asyncio_h2_respond(raw, stream, fields, count, hasBody)
    }
    try check(result)
  }

  /// Adds to the body of a stream.
  package func write(_ stream: StreamID, _ bytes: ArraySlice<UInt8>) throws(HTTP2Error) {
    guard let raw, bodies[stream] != nil else { return }
    bodies[stream]?.append(bytes)
    try check(asyncio_h2_resume(raw, stream))
  }

  /// Ends the body of a stream.
  package func finish(_ stream: StreamID, trailers: HTTPFields? = nil) throws(HTTP2Error) {
    guard let raw, bodies[stream] != nil else { return }
    bodies[stream]?.finish(trailers)
    try check(asyncio_h2_resume(raw, stream))
  }

  /// How many bytes of a stream's body the peer has not taken.
  package func unsentBytes(of stream: StreamID) -> Int { bodies[stream]?.count ?? 0 }

  /// Whether a stream has a body that was not sent to its end.
  package func isSendingBody(of stream: StreamID) -> Bool { bodies[stream] != nil }

  /// Says that bytes of a body were used: the peer may send as many again.
  package func consume(_ stream: StreamID, _ count: Int) throws(HTTP2Error) {
    guard let raw else { return }
    try check(asyncio_h2_consume(raw, stream, count))
  }

  /// Ends a stream at once.
  package func reset(_ stream: StreamID, _ code: HTTP2ErrorCode) throws(HTTP2Error) {
    guard let raw else { return }
    bodies[stream] = nil
    try check(asyncio_h2_reset(raw, stream, code.rawValue))
  }

  /// The bytes of a request and its answer, heads and bodies, with those of their frames.
  package func traffic(of stream: StreamID) -> (sent: Int, received: Int) {
    traffic[stream] ?? (0, 0)
  }

  /// No more is asked of the traffic of a stream, which may be after the stream's end.
  package func forgetTraffic(of stream: StreamID) { traffic[stream] = nil }

  // MARK: The connection

  /// Asks the peer for a sign of life, which is an event.
  package func ping() throws(HTTP2Error) { try raw.map(asyncio_h2_ping).map(check) }

  /// Tells a client that the connection is to end soon: what it has sent meanwhile is still taken (RFC 9113 section 6.8).
  package func announceEnd() throws(HTTP2Error) { try raw.map(asyncio_h2_announce_end).map(check) }

  /// Takes no new streams: those that were begun go on.
  package func goAway(_ code: HTTP2ErrorCode = .noError) throws(HTTP2Error) {
    try raw.map { asyncio_h2_go_away($0, code.rawValue) }.map(check)
  }

  /// Ends all streams, and the connection.
  package func terminate(_ code: HTTP2ErrorCode) throws(HTTP2Error) {
    try raw.map { asyncio_h2_terminate($0, code.rawValue) }.map(check)
  }

  /// How many streams the peer allows at once: 100 until it has said so.
  package var peerMaxStreams: Int {
    guard let raw, hasPeerSettings else { return 100 }
    return Int(min(asyncio_h2_peer_max_streams(raw), 1_000))
  }
  private var hasPeerSettings = false

  // MARK: Callbacks

  private static func from(_ context: UnsafeMutableRawPointer) -> HTTP2Session {
    Unmanaged<HTTP2Session>.fromOpaque(context).takeUnretainedValue()
  }

  /// Notes what has happened; false refuses the stream.
  private func note(_ event: asyncio_h2_event) -> Bool {
    let stream = event.stream
    switch event.kind {
    case .ASYNCIO_H2_BLOCK_BEGINS: collector = FieldCollector(settings.limits)
    case .ASYNCIO_H2_FIELD:
      let isTaken = collector.append(
        UnsafeBufferPointer(start: event.name, count: event.name_count),
        UnsafeBufferPointer(start: event.value, count: event.value_count))
      if !isTaken { refuse(stream) }
      return isTaken
    case .ASYNCIO_H2_BLOCK_ENDS: noteBlock(stream, isLast: event.is_last)
    case .ASYNCIO_H2_DATA where !refused.contains(stream):
      let bytes = UnsafeBufferPointer(start: event.value, count: event.value_count)
      events.append(.data(stream, Array(bytes)))
    case .ASYNCIO_H2_END where !refused.contains(stream): events.append(.end(stream))
    case .ASYNCIO_H2_CLOSED: noteClosed(stream, HTTP2ErrorCode(rawValue: event.code))
    case .ASYNCIO_H2_NOT_SENT: noteClosed(stream, .refusedStream)
    case .ASYNCIO_H2_SETTINGS:
      hasPeerSettings = true
      countIdleFrame()
      events.append(.settings)
    case .ASYNCIO_H2_GOAWAY:
      countIdleFrame()
      events.append(.goAway(last: stream, HTTP2ErrorCode(rawValue: event.code)))
    case .ASYNCIO_H2_PING_ANSWERED: events.append(.pingAnswered)
    case .ASYNCIO_H2_SENT: traffic[stream]?.sent += Int(event.value_count)
    case .ASYNCIO_H2_RECEIVED: traffic[stream]?.received += Int(event.value_count)
    case .ASYNCIO_H2_FAULT: countFault()
    case .ASYNCIO_H2_IDLE_FRAME: countIdleFrame()
    case .ASYNCIO_H2_DATA, .ASYNCIO_H2_END: break
    }
    return true
  }

  private func noteBlock(_ stream: StreamID, isLast: Bool) {
    if refused.contains(stream) { return }
    if withHead.contains(stream) {
      events.append(.trailers(stream, collector.takeFields()))
      events.append(.end(stream))
      return
    }
    switch role {
    case .server:
      guard let request = collector.request() else { return reject(stream) }
      withHead.insert(stream)
      events.append(.request(stream, request, isLast: isLast))
    case .client:
      guard let status = collector.pseudo[":status"].flatMap({ Int($0) }) else {
        return reject(stream)
      }
      if status >= 200 { withHead.insert(stream) }
      events.append(.response(stream, status: status, collector.takeFields(), isLast: isLast))
    }
  }

  private func noteClosed(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    bodies[stream] = nil
    refused.remove(stream)
    // A server was not told of a stream whose head was refused.
    let isKnown = withHead.remove(stream) != nil || role == .client
    if isKnown { events.append(.closed(stream, code)) }
  }

  /// A message that two readers could read differently.
  private func reject(_ stream: StreamID) {
    refuse(stream)
    if let raw { asyncio_h2_reset(raw, stream, HTTP2ErrorCode.protocolError.rawValue) }
  }

  private func refuse(_ stream: StreamID) {
    refused.insert(stream)
    countFault()
  }

  private func countFault() { if !faults.allows(at: now) { isFlooded = true } }

  private func countIdleFrame() { if !idleFrames.allows(at: now) { isFlooded = true } }

  private func body(
    of stream: StreamID, _ memory: UnsafeMutableRawBufferPointer
  ) -> asyncio_h2_body {
    guard bodies[stream] != nil else {
      return asyncio_h2_body(count: 0, is_end: true, has_trailers: false)
    }
    // In place: a copy would be one of the whole body.
    if bodies[stream]?.isWaiting == true {
      return asyncio_h2_body(count: -1, is_end: false, has_trailers: false)
    }
    let count = bodies[stream]?.take(into: memory) ?? 0
    let isEnd = bodies[stream]?.isSent ?? true
    var hasTrailers = false
    if isEnd {
      if let fields = bodies[stream]?.trailers, !fields.isEmpty {
        trailers.append((stream, fields))
        hasTrailers = true
      }
      bodies[stream] = nil
    }
    return asyncio_h2_body(count: count, is_end: isEnd, has_trailers: hasTrailers)
  }

  private func submitTrailers(_ stream: StreamID, _ fields: HTTPFields) throws(HTTP2Error) {
    guard let raw else { return }
    var list = FieldList()
    try list.append(fields)
    try check(list.withFields { asyncio_h2_trailers(raw, stream, $0, $1) })
  }

  private func check(_ result: Int32) throws(HTTP2Error) {
    if result < 0 { throw .connection(Self.text(result)) }
  }

  private static func text(_ code: Int32) -> String { String(cString: asyncio_h2_error(code)) }
}
