// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// A server in the loop of the test, which does with each connection what the test says.
struct ScriptedServer: Sendable {
  let url: String
  let port: Int
  private let listener: TCPListener
  private let serving: Task<Void, any Error>

  init(_ serve: @escaping @Sendable (TCPStream) async throws -> Void) async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    self.listener = listener
    port = listener.localAddress.port
    url = "http://127.0.0.1:\(port)/"
    serving = createTask {
      try await listener.serve { stream in
        // A client that goes ends a connection, and no test.
        do { try await serve(stream) } catch is IncompleteReadError {} catch is IOError {
        } catch is IncompleteWriteError {}
      }
    }
  }

  func stop() async throws {
    listener.stop(grace: .zero)
    try await serving.value
  }

  /// Runs a server for as long as `body` takes.
  static func run<Result>(
    _ serve: @escaping @Sendable (TCPStream) async throws -> Void,
    isolation: isolated (any Actor)? = #isolation,
    while body: (ScriptedServer) async throws -> Result
  ) async throws -> Result {
    let server = try await ScriptedServer(serve)
    do {
      let result = try await body(server)
      try await server.stop()
      return result
    } catch {
      try await server.stop()
      throw error
    }
  }
}

extension TCPStream {
  /// Reads the head of a request, or of nothing more.
  func requestHead() async throws -> String {
    String(decoding: try await readUntil("\r\n\r\n"), as: UTF8.self)
  }

  func respond(_ body: String, _ fields: String = "", status: String = "200 OK") async throws {
    try await write(
      "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
  }
}
