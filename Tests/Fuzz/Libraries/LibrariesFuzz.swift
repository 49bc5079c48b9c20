// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTP2Core
import HTTPCodings
import HTTPCore

// Built by `make fuzz` together with what lies on libnghttp2, zlib, brotli and zstd.

/// What libFuzzer calls.
///
/// The first byte says what is read, the second how the rest is cut: whole and in pieces has to be the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
  guard input.count > 2 else { return 0 }
  let (bytes, seed) = (Array(input[2...]), input[1])
  switch input[0] % 8 {
  case 0, 1: session(.server, bytes, seed)
  case 2, 3: session(.client, bytes, seed)
  case 4: coding([.gzip], bytes, seed)
  case 5: coding([.brotli], bytes, seed)
  case 6: coding([.zstd], bytes, seed)
  default: coding([.deflate, .gzip], bytes, seed)
  }
  return 0
}

private func pieces(of bytes: [UInt8], _ seed: UInt8) -> [[UInt8]] {
  var state = UInt64(seed) &+ 1
  var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes[...])
  while !rest.isEmpty {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let count = 1 + Int((state >> 33) % 40)
    pieces.append(Array(rest.prefix(count)))
    rest = rest.dropFirst(count)
  }
  return pieces
}

// MARK: HTTP/2

private let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
private let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

private func session(_ role: HTTP2Session.Role, _ bytes: [UInt8], _ seed: UInt8) {
  let start = role == .server ? preface + settings : settings
  let whole = heard(role, [start + bytes])
  let cut = heard(role, [start] + pieces(of: bytes, seed))
  precondition(whole == cut, "\(cut) in pieces, but \(whole) whole")
}

/// What is told of a peer's bytes, without the borders of bodies, which follow those of the pieces.
private func heard(_ role: HTTP2Session.Role, _ pieces: [[UInt8]]) -> [String] {
  guard let session = try? HTTP2Session(role) else { return [] }
  var heard: [String] = []
  if role == .client {
    // An answer is one to something.
    let request = HTTP2Request(
      method: "GET", scheme: "http", authority: "a", path: "/", fields: [:])
    _ = try? session.request(request, hasBody: false)
  }
  _ = try? session.send()
  for piece in pieces {
    do {
      let events = try piece.withUnsafeBytes { try session.receive($0, at: 0) }
      for event in events {
        if case .data(let stream, let bytes) = event {
          for byte in bytes { heard.append("\(stream): \(byte)") }
          try session.consume(stream, bytes.count)
        } else {
          heard.append("\(event)")
        }
      }
      // A server answers, so that its streams end.
      for case .request(let stream, _, _) in events {
        try session.respond(stream, status: 200, [:], hasBody: false)
      }
      _ = try session.send()
    } catch {
      // What came in the same piece before a fault is told or not, as the pieces fall: nothing after it counts.
      return []
    }
  }
  return heard.filter { !$0.hasPrefix("closed") && !$0.hasPrefix("settings") }
}

// MARK: Codings

private let mostDecoded = 1 << 20

private func coding(_ codings: [ContentCoding], _ bytes: [UInt8], _ seed: UInt8) {
  let whole = decoded(codings, [bytes])
  let cut = decoded(codings, pieces(of: bytes, seed))
  precondition(
    whole == cut, "\(String(describing: cut)) in pieces, but \(String(describing: whole)) whole")
}

/// The output, up to a limit; nil for what is none.
private func decoded(_ codings: [ContentCoding], _ pieces: [[UInt8]]) -> [UInt8]? {
  guard let decoder = try? ContentDecoder(codings) else { return nil }
  var output: [UInt8] = []
  do {
    for piece in pieces {
      decoder.give(piece)
      while let part = try decoder.next() {
        precondition(part.count <= ContentDecoder.pieceSize, "a piece of \(part.count) bytes")
        output += part
        if output.count > mostDecoded { return Array(output[..<mostDecoded]) }
      }
    }
    try decoder.finish()
  } catch {
    return nil
  }
  return output
}
