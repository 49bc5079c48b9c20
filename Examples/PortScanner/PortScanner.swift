// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

// PortScanner HOST [FIRST-LAST]: which ports of a host answer, at most 200 tried at once.

@main struct PortScanner: LoopProgram {
  static func run() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let host = arguments.first else { throw Usage() }
    let ports = try range(arguments.dropFirst().first ?? "1-1024")
    let outcomes = await gatherResults(ports, limit: 200) { port in
      try await withTimeout(.seconds(2)) {
        await (try TCPStream.connect(to: host, port: port)).close()
      }
    }
    for (port, outcome) in zip(ports, outcomes) {
      switch outcome {
      case .success: print("\(port) open")
      // Names that do not resolve are no matter of ports.
      case .failure(let error as ResolveError): throw error
      case .failure: continue
      }
    }
  }

  private static func range(_ text: String) throws -> ClosedRange<Int> {
    let bounds = text.split(separator: "-").map { Int($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
      1 <= first, first <= last, last <= 65535
    else { throw Usage() }
    return first...last
  }

  struct Usage: Error, CustomStringConvertible {
    var description: String { "usage: PortScanner HOST [FIRST-LAST], ports from 1 to 65535" }
  }
}
