// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Sends back what it gets, as a user would write it.
enum EchoServer {
  /// Serves until SIGTERM, or for two minutes, as the peers do.
  static func run(port: Int) async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    createTask {
      try await race(
        { for await _ in signals(.terminate) { return } }, { try await sleep(for: .seconds(120)) })
      listener.stop()
    }
    try await listener.serve { stream in
      while true {
        let bytes = try await stream.read()
        if bytes.isEmpty { break }
        try await stream.write(bytes)
      }
    }
  }
}
