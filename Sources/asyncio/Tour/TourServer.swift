// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

/// A very small HTTP server for the tour, on the same loop as its clients: each path answers after
/// a set delay.
///
/// It accepts, reads one request per connection, waits, answers and closes.
struct TourServer: Sendable {
  struct ServerError: Error, CustomStringConvertible {
    let description: String
  }

  let port: UInt16
  private let listener: Int32

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw Self.failure("socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        var size = size
        return bind(descriptor, raw, size) == 0 && listen(descriptor, 128) == 0
          && getsockname(descriptor, raw, &size) == 0
      }
    }
    guard bound, Self.setNonBlocking(listener) else {
      close(listener)
      throw Self.failure("bind")
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// Serves until its task is cancelled.
  func serve() async throws {
    guard let loop = EventLoop.current else { return }
    defer {
      loop.closing(listener)
      close(listener)
    }
    try await withTaskScope(onFailure: .keepGoing) { scope in
      while true {
        try await loop.readable(listener)
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { continue }
        scope.spawn(name: "connection") { try await Self.answer(connection, on: loop) }
      }
    }
  }

  private static func answer(_ connection: Int32, on loop: EventLoop) async throws {
    defer {
      loop.closing(connection)
      close(connection)
    }
    guard setNonBlocking(connection) else { return }
    guard let path = try await readPath(connection, on: loop) else { return }
    let reply = reply(to: path)
    try await sleep(for: reply.delay)
    let body = "{\"path\": \"\(path)\"}\n"
    let head =
      "HTTP/1.1 \(reply.status)\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
    try await send(Array((head + body).utf8), to: connection, on: loop)
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

  private static func readPath(_ connection: Int32, on loop: EventLoop) async throws -> String? {
    var request: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
      try await loop.readable(connection)
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0, request.count < 16_384 else { return nil }
      request += buffer[..<count]
    }
    let words = String(decoding: request, as: UTF8.self).split(separator: " ")
    return words.count > 1 ? String(words[1]) : nil
  }

  private static func send(_ bytes: [UInt8], to connection: Int32, on loop: EventLoop) async throws
  {
    var rest = bytes[...]
    while !rest.isEmpty {
      try await loop.writable(connection)
      let count = rest.withUnsafeBytes {
        Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // The client may be gone: it was cancelled, which the tour shows.
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private static func setNonBlocking(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
  }

  private static func failure(_ call: String) -> ServerError {
    ServerError(description: "the tour's server cannot start: \(call): \(errnoText())")
  }
}
