// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import Testing

/// What ten thousand requests leave behind that were cancelled at random: in a process of its own, where nothing else opens and
/// allocates.
@Suite struct LeftoverTests {
  @Test func `Neither descriptors nor bytes`() async {
    await #expect(processExitsWith: .success) { try LeftoverCheck.run() }
  }
}

private enum LeftoverCheck {
  static func run() throws {
    try EventLoop.run(.init(mode: .scoped)) { () async throws in
      try await ScriptedServer.run { stream in
        while true {
          _ = try await stream.requestHead()
          for piece in ["HTTP/1.1 200 OK\r\nContent-", "Length: 10\r\n\r\n", "hello", "world"] {
            try await stream.write(piece)
            await Task.yield()
          }
        }
      } while: { (server: ScriptedServer) async throws in
        // What is made once is made by then.
        try await cancelAtRandom(200, server.url)
        let (descriptors, bytes) = (openDescriptors(), residentBytes())
        try await cancelAtRandom(1_000, server.url)
        let (left, grown) = (openDescriptors() - descriptors, residentBytes() - bytes)
        precondition(left <= 0, "\(left) descriptors were left open")
        // A few hundred bytes a request would be a leak.
        precondition(grown < 4_000_000, "\(grown) bytes were left in memory")
      }
    }
  }

  private static func cancelAtRandom(_ rounds: Int, _ url: String) async throws {
    var configuration = HTTPClient.Configuration()
    configuration.maxConnectionsPerHost = 4
    let client = HTTPClient(configuration)
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<rounds {
      let tasks = (0..<10).map { _ in createTask { try await client.get(url).text } }
      for task in tasks {
        for _ in 0..<random(12) { await Task.yield() }
        if random(3) > 0 { task.cancel() }
      }
      for task in tasks { _ = await task.result }
    }
    // The server learns of the ends of connections.
    for _ in 0..<100 { await Task.yield() }
  }

  private static func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }

  /// What the process has in memory.
  private static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * 4_096
  }
}
