// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

@testable import HTTPCore

/// The same bytes to this reader and to others: where this one takes a message, another must not see a different one.
///
/// That it refuses what others take is meant; the lists of `RefusedRequest` say of what.
@Suite struct DifferentialTests {
  private struct Case {
    let isRequest: Bool
    let bytes: [UInt8]

    var verdict: Verdict {
      Reader.read([bytes], as: isRequest ? .request : .response(isHead: false), isLast: !isRequest)
    }
  }

  private struct Other: Decodable {
    let line: String?
    let body: String?
    let error: String?
  }

  @Test func `Another reader sees the same message, or has a reason that is known`() throws {
    let cases = Self.cases()
    let answers = try Self.others(cases)
    #expect(answers.count == cases.count)
    var accepted = 0
    for (one, others) in zip(cases, answers) {
      guard case .message(let message, _) = one.verdict else { continue }
      accepted += 1
      for (reader, other) in others.sorted(by: { $0.key < $1.key }) {
        if !one.isRequest, reader == "h11", message.line.hasPrefix("1") { continue }
        if one.isRequest && reader == "client" { continue }
        let isSame = other?.line == message.line && other?.body == message.body.hex
        if isSame || Self.isKnown(one, message, reader, other) { continue }
        Issue.record(
          "\(reader) sees \(other.map { "\($0)" } ?? "nothing whole"), and not \(message), in \(String(decoding: one.bytes, as: UTF8.self).debugDescription)"
        )
      }
    }
    // Otherwise nothing was compared.
    #expect(accepted > 500)
  }

  /// Differences that are known, with what the reason is.
  private static func isKnown(
    _ one: Case, _ message: Verdict.Message, _ reader: String, _ other: Other?
  ) -> Bool {
    let error = other?.error ?? ""
    let text = String(decoding: one.bytes, as: UTF8.self)
    switch reader {
    case "parser":
      // It knows a list of methods, takes no tab behind a value, and a longer name for Transfer-Encoding.
      return error == "HPE_INVALID_METHOD"
        || text.contains("\t\r\n") && error.hasPrefix("HPE_INVALID_")
        || message.body.isEmpty && error == "HPE_INVALID_TRANSFER_ENCODING"
    case "h11":
      // It skips no empty line, and looks at fields of framing in trailers too.
      return text.hasPrefix("\r\n") && error.contains("no request line received")
        || !message.trailers.isEmpty && error.contains("Only Transfer-Encoding: chunked")
    default: return false
    }
  }

  // MARK: Cases

  private static let responses = [
    "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "HTTP/1.1 200 OK\n\nhello",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n6;a=b\n world\n0\nX: y\n\n",
    "HTTP/1.1 204 No Content\n\n",
    "HTTP/1.0 200 OK\nContent-Length: 2\nConnection: keep-alive\n\nhi",
    "HTTP/1.1 200 OK\nX: one\n two\nContent-Length: 1\n\na",
  ]

  private static func cases() -> [Case] {
    let requests = (RequestTests.accepted.map(\.text) + RefusedRequest.all.map(\.text)).map(\.wire)
    let responses = responses.map(\.wire)
    var cases =
      requests.map { Case(isRequest: true, bytes: $0) }
      + responses.map { Case(isRequest: false, bytes: $0) }
    var random = Random(seed: 20)
    let seeds = RequestTests.accepted.map(\.text.wire)
    for _ in 0..<3_000 {
      let isRequest = random.below(2) == 0
      let seed =
        isRequest ? seeds[random.below(seeds.count)] : responses[random.below(responses.count)]
      cases.append(Case(isRequest: isRequest, bytes: random.mutated(seed)))
    }
    return cases.filter { $0.bytes.count < 20_000 }
  }

  private struct Random {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }

    /// With one or two bytes changed, left out, doubled or put in.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
      let alphabet = Array("\r\n \t:;,=0159afAFHx/.-\"\\\0\u{7F}@#%".utf8) + [0x80, 0xE9, 0x0B]
      var bytes = bytes
      for _ in 0...below(2) {
        let index = below(bytes.count)
        switch below(4) {
        case 0: bytes[index] = alphabet[below(alphabet.count)]
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(bytes[index], at: index)
        default: bytes.insert(alphabet[below(alphabet.count)], at: index)
        }
      }
      return bytes
    }
  }

  private static func others(_ cases: [Case]) throws -> [[String: Other?]] {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "readers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
    let lines = cases.map { "\($0.isRequest ? "request" : "response") \($0.bytes.hex)\n" }.joined()
    try Data(lines.utf8).write(to: input)
    try Data().write(to: output)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "readers.py")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [script.path]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let decoder = JSONDecoder()
    return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map {
      try decoder.decode([String: Other?].self, from: $0)
    }
  }
}

extension Array<UInt8> {
  fileprivate var hex: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
