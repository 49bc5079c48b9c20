// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

// TCPPing [--count N] HOST:PORT...: how long it takes to connect, for many hosts at once.

@main struct TCPPing: LoopProgram {
  static func run() async throws {
    var arguments = CommandLine.arguments.dropFirst()
    var count = 3
    if arguments.first == "--count" {
      guard let number = arguments.dropFirst().first.flatMap({ Int($0) }), number > 0 else {
        throw Usage()
      }
      count = number
      arguments = arguments.dropFirst(2)
    }
    let targets = try arguments.map(target)
    guard !targets.isEmpty else { throw Usage() }
    for round in 1...count {
      if round > 1 { try await sleep(for: .milliseconds(200)) }
      for try await (index, line) in asCompleted(targets, limit: 100, { try await probe($0) }) {
        print("\(targets[index].host):\(targets[index].port) \(line)")
      }
    }
  }

  private static func probe(_ target: (host: String, port: Int)) async throws -> String {
    let start = ContinuousClock.now
    do {
      let stream = try await withTimeout(.seconds(2)) {
        try await TCPStream.connect(to: target.host, port: target.port)
      }
      let time = start.duration(to: .now) / .milliseconds(1)
      await stream.close()
      return "answers after \((time * 100).rounded() / 100) ms"
    } catch let error as CancellationError {
      throw error
    } catch {
      return "does not answer: \(error)"
    }
  }

  private static func target(_ text: String) throws -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...])
    else {
      throw Usage()
    }
    return (String(text[..<colon]), port)
  }

  struct Usage: Error, CustomStringConvertible {
    var description: String { "usage: TCPPing [--count N] HOST:PORT..." }
  }
}
