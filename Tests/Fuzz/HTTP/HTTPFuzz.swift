// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes

// Built by `make fuzz` together with HTTPCore and the reader of its tests.

/// What libFuzzer calls.
///
/// The first byte says what is read, the second how the rest is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
  guard input.count > 2 else { return 0 }
  let bytes = Array(input[2...])
  let kind: Reader.Kind = input[0] & 1 == 0 ? .request : .response(isHead: input[0] & 4 != 0)
  let isLast = input[0] & 2 != 0
  let whole = Reader.read([bytes], as: kind, isLast: isLast)
  let cut = Reader.read(pieces(of: bytes, seed: input[1]), as: kind, isLast: isLast)
  if whole.isRefused {
    // Of two faults, the one that is met first may be another.
    precondition(cut.isRefused, "\(cut) in pieces, but \(whole) whole")
  } else {
    precondition(cut == whole, "\(cut) in pieces, but \(whole) whole")
  }
  if case .request = kind, case .message(let message, let rest) = whole {
    precondition(rest >= 0 && rest <= bytes.count, "bytes made up")
    writeAgain(bytes, message)
  }
  return 0
}

private func pieces(of bytes: [UInt8], seed: UInt8) -> [[UInt8]] {
  var state = UInt64(seed) &+ 1
  var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes[...])
  while !rest.isEmpty {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let count = 1 + Int((state >> 33) % 9)
    pieces.append(Array(rest.prefix(count)))
    rest = rest.dropFirst(count)
  }
  return pieces
}

/// A request that was read can be written, and is then read as the same.
private func writeAgain(_ bytes: [UInt8], _ message: Verdict.Message) {
  let start = bytes.starts(with: [13, 10]) ? 2 : 0
  let head = try? bytes[start...].withUnsafeBytes { bytes in
    var scanner = HeadScanner(.request, .request)
    return try scanner.find(in: bytes).map { try RequestHead(bytes.slice($0.start, $0.end)) }
  }
  guard let head, let host = head.host, !host.isEmpty, head.targetForm == .path,
    // An old one may have fields that mean something in a new one only.
    head.minorVersion > 0
  else { return }
  var encoder = HeadEncoder()
  let framing: BodyFraming = message.body.isEmpty ? .none : .length(message.body.count)
  do {
    try encoder.appendRequest(
      method: head.method, target: head.target, host: host, fields: head.fields, framing: framing)
  } catch {
    preconditionFailure("what was read cannot be written: \(error)")
  }
  let again = Reader.read([encoder.take() + message.body], as: .request).message
  precondition(
    again?.line == message.line && again?.body == message.body,
    "\(String(describing: again)), but \(message)")
}
