// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// A very small HTTP server for the tour, on the same loop as its clients: each path answers after
/// a set delay.
///
/// It reads one request per connection, waits, answers and closes.
struct TourServer: Sendable {
  private let listener: TCPListener

  init() async throws { listener = try await TCPListener.bind(host: "127.0.0.1", port: 0) }

  func url(_ path: String) -> String { "http://\(listener.localAddress)\(path)" }

  /// Serves until its task is cancelled.
  func serve() async throws {
    try await listener.serve { connection in
      let request = try await connection.readUntil("\r\n\r\n")
      let words = String(decoding: request, as: UTF8.self).split(separator: " ")
      guard words.count > 1 else { return }
      try await Self.answer(String(words[1]), to: connection)
    }
  }

  private static func answer(_ path: String, to connection: TCPStream) async throws {
    let reply = reply(to: path)
    try await sleep(for: reply.delay)
    let body = "{\"path\": \"\(path)\"}\n"
    try await connection.write(
      "HTTP/1.1 \(reply.status)\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
  }

  /// What a path does: `/wait/250` answers after 250 ms, `/fails` always fails, `/slow` takes three
  /// seconds, and any other path one second.
  private static func reply(to path: String) -> (status: String, delay: Duration) {
    let parts = path.split(separator: "/")
    if path == "/fails" { return ("500 Internal Server Error", .milliseconds(300)) }
    if path == "/slow" { return ("200 OK", .seconds(3)) }
    if parts.first == "wait", parts.count > 1, let milliseconds = Int(parts[1]) {
      return ("200 OK", .milliseconds(milliseconds))
    }
    return ("200 OK", .seconds(1))
  }
}
