// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Reads the frames of a peer, RFC 6455 section 5.
///
/// Pure: bytes in, messages out. A text is checked as it comes, and a length before there is memory for it.
package struct WebSocketDecoder: Sendable {
  package enum Event: Equatable, Sendable {
    /// A message; its bytes are as they were sent, and may be compressed.
    case message(isText: Bool, isCompressed: Bool, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    /// The peer ends the connection; 1005 if it does not say why.
    case close(code: UInt16, reason: String)
  }

  private struct Frame {
    let opcode: WebSocketOpcode
    let isFinal: Bool
    let isCompressed: Bool
    let mask: UInt32?
    /// How many bytes of the payload are still to come.
    var left: Int
    /// How many have come: where the mask goes on.
    var taken = 0
  }

  private struct Message {
    let isText: Bool
    let isCompressed: Bool
    var bytes: [UInt8] = []
    var fragments = 0
    var check = UTF8Check()

    /// In place: a message is not copied for each of its pieces.
    mutating func append(_ piece: UnsafeRawBufferPointer, _ frame: Frame) {
      WebSocketDecoder.append(piece, to: &bytes, frame)
    }
  }

  private let isServer: Bool
  private let allowsCompression: Bool
  private let limit: Int
  private var frame: Frame?
  private var message: Message?
  private var control: [UInt8] = []

  /// More pieces than this make no message.
  private static let mostFragments = 1024

  /// - Parameters:
  ///   - isServer: Whether the peer is a client, which masks what it sends.
  ///   - allowsCompression: Whether permessage-deflate was agreed on, RFC 7692.
  ///   - limit: The largest message, in bytes as they are sent.
  package init(isServer: Bool, allowsCompression: Bool, limit: Int) {
    self.isServer = isServer
    self.allowsCompression = allowsCompression
    self.limit = limit
  }

  /// Looks at the next bytes; nil when more are needed.
  ///
  /// - Parameter position: Where to begin; where to go on afterwards.
  package mutating func next(
    in input: UnsafeRawBufferPointer, at position: inout Int
  ) throws(WebSocketFault) -> Event? {
    while true {
      if frame == nil {
        guard let header = try header(input, &position) else { return nil }
        frame = header
      }
      try takePayload(input, &position)
      guard let done = frame, done.left == 0 else { return nil }
      frame = nil
      if let event = try finish(done) { return event }
    }
  }

  // MARK: Headers

  private mutating func header(
    _ input: UnsafeRawBufferPointer, _ position: inout Int
  ) throws(WebSocketFault) -> Frame? {
    let left = input.count - position
    guard left >= 2 else { return nil }
    let (first, second) = (input[position], input[position + 1])
    guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
      throw .malformed("a frame has the unknown opcode \(first & 0x0F)")
    }
    let (isFinal, isCompressed) = (first & 0x80 != 0, first & 0x40 != 0)
    try check(opcode, isFinal: isFinal, isCompressed: isCompressed, reserved: first & 0x30)
    let isMasked = second & 0x80 != 0
    guard isMasked == isServer else {
      throw .malformed(isServer ? "a frame is not masked" : "a frame is masked")
    }
    var size = 2
    var length = Int(second & 0x7F)
    if length >= 126 {
      if opcode.isControl { throw .malformed("a control frame has more than 125 bytes") }
      let digits = length == 126 ? 2 : 8
      guard left >= size + digits else { return nil }
      length = try Self.length(input, position + size, digits)
      size += digits
    }
    try checkLimit(opcode, length)
    var mask: UInt32?
    if isMasked {
      guard left >= size + 4 else { return nil }
      mask = input.loadUnaligned(fromByteOffset: position + size, as: UInt32.self)
      size += 4
    }
    position += size
    try begin(opcode, isCompressed: isCompressed)
    return Frame(
      opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, mask: mask, left: length)
  }

  private func check(
    _ opcode: WebSocketOpcode, isFinal: Bool, isCompressed: Bool, reserved: UInt8
  ) throws(WebSocketFault) {
    guard reserved == 0 else { throw .malformed("a frame has a reserved bit") }
    if isCompressed, !allowsCompression || opcode.isControl || opcode == .continuation {
      throw .malformed("a frame says that it is compressed, and cannot be")
    }
    if opcode.isControl {
      if !isFinal { throw .malformed("a control frame is one of several") }
    } else if opcode == .continuation {
      if message == nil { throw .malformed("a message goes on that has not begun") }
    } else if message != nil {
      throw .malformed("a message begins within another")
    }
  }

  /// The shortest form only, and nothing that would be negative.
  private static func length(
    _ input: UnsafeRawBufferPointer, _ start: Int, _ digits: Int
  ) throws(WebSocketFault) -> Int {
    let number = (0..<digits).reduce(UInt64(0)) { $0 << 8 | UInt64(input[start + $1]) }
    guard number >= (digits == 2 ? 126 : 65_536), number >> 63 == 0 else {
      throw .malformed("the length of a frame is malformed")
    }
    return Int(number)
  }

  private func checkLimit(_ opcode: WebSocketOpcode, _ length: Int) throws(WebSocketFault) {
    guard !opcode.isControl else { return }
    if length > limit - (message?.bytes.count ?? 0) { throw .tooLarge(limit) }
    if (message?.fragments ?? 0) >= Self.mostFragments {
      throw WebSocketFault(1009, "a message has more than \(Self.mostFragments) fragments")
    }
  }

  private mutating func begin(_ opcode: WebSocketOpcode, isCompressed: Bool) throws(WebSocketFault)
  {
    switch opcode {
    case .text, .binary:
      message = Message(isText: opcode == .text, isCompressed: isCompressed)
      message?.fragments = 1
    case .continuation: message?.fragments += 1
    case .close, .ping, .pong: control = []
    }
  }

  // MARK: Payloads

  private mutating func takePayload(
    _ input: UnsafeRawBufferPointer, _ position: inout Int
  ) throws(WebSocketFault) {
    guard var current = frame else { return }
    let count = min(current.left, input.count - position)
    guard count > 0 else { return }
    let piece = UnsafeRawBufferPointer(rebasing: input[position..<(position + count)])
    position += count
    if current.opcode.isControl {
      Self.append(piece, to: &control, current)
    } else {
      let start = message?.bytes.count ?? 0
      message?.append(piece, current)
      try checkText(from: start)
    }
    current.left -= count
    current.taken += count
    frame = current
  }

  private static func append(
    _ piece: UnsafeRawBufferPointer, to bytes: inout [UInt8], _ frame: Frame
  ) {
    let start = bytes.count
    bytes.append(contentsOf: piece)
    guard let mask = frame.mask else { return }
    bytes.withUnsafeMutableBytes {
      WebSocketMask.apply(
        mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]), from: frame.taken)
    }
  }

  private mutating func checkText(from start: Int) throws(WebSocketFault) {
    guard let current = message, current.isText, !current.isCompressed else { return }
    var check = current.check
    let isText = current.bytes.withUnsafeBytes {
      check.accept(UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    if !isText { throw .notText }
    message?.check = check
  }

  private mutating func finish(_ frame: Frame) throws(WebSocketFault) -> Event? {
    switch frame.opcode {
    case .ping: return .ping(control)
    case .pong: return .pong(control)
    case .close: return try Self.close(control)
    case .continuation, .text, .binary:
      guard frame.isFinal, let done = message else { return nil }
      message = nil
      if done.isText, !done.isCompressed, !done.check.isComplete { throw .notText }
      return .message(isText: done.isText, isCompressed: done.isCompressed, done.bytes)
    }
  }

  /// Sections 5.5.1 and 7.4.
  private static func close(_ payload: [UInt8]) throws(WebSocketFault) -> Event {
    if payload.isEmpty { return .close(code: 1005, reason: "") }
    guard payload.count >= 2 else { throw .malformed("the code of an end has one byte") }
    let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
    guard isSendable(code) else { throw .malformed("\(code) is no code of an end") }
    guard let reason = String(validating: payload[2...], as: UTF8.self) else { throw .notText }
    return .close(code: code, reason: reason)
  }

  /// Whether a code may be on the wire, section 7.4.2 and the registry of IANA.
  package static func isSendable(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
