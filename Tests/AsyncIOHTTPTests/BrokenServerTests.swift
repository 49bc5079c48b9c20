// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import TestSupport
import Testing

/// A server that goes wrong at every byte of its answer, in each way that there is.
@Suite struct BrokenServerTests {
  enum Fault: CaseIterable { case closes, resets, stalls, lies, floods }

  private static let answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-A: b\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5;a=b\r\n56789\r\n0\r\nX-T: u\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
  ]

  private static func serve(
    _ stream: TCPStream, _ answer: [UInt8], _ position: Int, _ fault: Fault
  ) async throws {
    _ = try await stream.requestHead()
    try await stream.write(Array(answer[..<position]))
    switch fault {
    case .closes: break
    case .resets: stream.abort()
    case .stalls: while try await !stream.read().isEmpty {}
    case .lies:
      try await stream.write([0x00, 0x0D, 0xFF])
      try await stream.write(Array(answer[position...]))
    case .floods:
      let flood = [UInt8](repeating: UInt8(ascii: "1"), count: 64 << 10)
      while true { try await stream.write(flood) }
    }
  }

  @Test(arguments: Fault.allCases)
  func `Each request ends: with the answer, or with an error that says what`(fault: Fault) throws {
    for answer in Self.answers.map({ Array($0.utf8) }) {
      let outcomes = try onLoop {
        try await gather(0...answer.count, limit: 32) { position in
          try await ScriptedServer.run { stream in
            try await Self.serve(stream, answer, position, fault)
          } while: { (server: ScriptedServer) async throws in
            var configuration = HTTPClient.Configuration()
            // Only where the server is silent a limit is to be met.
            let limit = fault == .stalls ? Duration.milliseconds(200) : .seconds(30)
            configuration.timeouts.firstByte = limit
            configuration.timeouts.betweenBytes = limit
            configuration.maxBodySize = 1 << 20
            do {
              return try await HTTPClient(configuration).get(server.url).text
            } catch let error as HTTPError {
              #expect(error.url == server.url && error.attempt == 1)
              return "error \(error.code)"
            }
          }
        }
      }
      for (position, outcome) in outcomes.enumerated() {
        // Whole it is only when nothing was missing or wrong.
        let isWhole = position == answer.count
        switch fault {
        case .closes, .resets:
          // A reset may come before what was sent is read.
          #expect(
            isWhole && fault == .resets || (outcome == "0123456789") == isWhole,
            "\(position): \(outcome)")
        case .stalls: #expect((outcome == "0123456789") == isWhole, "\(position): \(outcome)")
        case .lies, .floods:
          #expect(outcome != "0123456789" || isWhole, "\(position): \(outcome)")
        }
        #expect(!outcome.hasPrefix("error other"), "\(position): \(outcome)")
      }
    }
  }
}
