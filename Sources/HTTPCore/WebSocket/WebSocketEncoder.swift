// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Writes frames, RFC 6455 section 5.2.
package enum WebSocketEncoder {
  /// A message, or a control frame, as one frame.
  ///
  /// - Parameter mask: Four random bytes, with which a client masks what it sends; nil for a server.
  package static func frame(
    _ opcode: WebSocketOpcode, _ payload: [UInt8], isCompressed: Bool = false, mask: UInt32?
  ) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(payload.count + 14)
    frame.append(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    switch payload.count {
    case ..<126: frame.append(maskBit | UInt8(payload.count))
    case ..<65_536:
      frame.append(maskBit | 126)
      append(UInt64(payload.count), 2, to: &frame)
    default:
      frame.append(maskBit | 127)
      append(UInt64(payload.count), 8, to: &frame)
    }
    if let mask { withUnsafeBytes(of: mask) { frame.append(contentsOf: $0) } }
    let start = frame.count
    frame += payload
    if let mask {
      frame.withUnsafeMutableBytes {
        WebSocketMask.apply(
          mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]), from: 0)
      }
    }
    return frame
  }

  /// The payload of a close frame; a reason is cut to what fits, at the end of a character.
  package static func closePayload(code: UInt16, reason: String) -> [UInt8] {
    var text = reason
    while text.utf8.count > 123 { text.removeLast() }
    return [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(text.utf8)
  }

  private static func append(_ number: UInt64, _ digits: Int, to frame: inout [UInt8]) {
    for place in (0..<digits).reversed() {
      frame.append(UInt8(truncatingIfNeeded: number >> (UInt64(place) * 8)))
    }
  }
}
