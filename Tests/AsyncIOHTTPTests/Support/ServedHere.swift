// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP

/// The package's own server in the loop of a test.
struct ServedHere: Sendable {
  let server: HTTPServer
  let port: Int

  var url: String { "http://127.0.0.1:\(port)" }

  /// Serves for as long as `body` takes; then the server must end, and its connections with it.
  static func run<Result>(
    _ server: HTTPServer, isolation: isolated (any Actor)? = #isolation,
    while body: (ServedHere) async throws -> Result
  ) async throws -> Result {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let serving = createTask { try await server.serve(on: listener) }
    do {
      let result = try await body(
        ServedHere(server: server, port: listener.localAddress.port))
      await server.shutdown(grace: .zero)
      try await serving.value
      return result
    } catch {
      await server.shutdown(grace: .zero)
      try await serving.value
      throw error
    }
  }

  static func run<Result>(
    configuration: HTTPServer.Configuration = .init(),
    _ handler: @escaping HTTPServer.Handler, isolation: isolated (any Actor)? = #isolation,
    while body: (ServedHere) async throws -> Result
  ) async throws -> Result {
    try await run(HTTPServer(configuration: configuration, handler), while: body)
  }

  func connect() async throws -> TCPStream {
    try await TCPStream.connect(to: "127.0.0.1", port: port)
  }

  /// Sends bytes as they are, and returns all that comes until the server closes.
  func exchange(_ request: String, half: Bool = false) async throws -> String {
    let stream = try await connect()
    try await stream.write(request)
    if half { try await stream.finishWriting() }
    let answer = try await stream.readToEnd(limit: 1 << 20)
    await stream.close()
    return String(decoding: answer, as: UTF8.self)
  }
}

/// The parts of an answer on the wire.
struct RawAnswer: Equatable {
  let status: String
  let fields: [String: String]
  let body: String

  init?(_ text: String) {
    guard let split = text.firstRange(of: "\r\n\r\n") else { return nil }
    let lines = text[..<split.lowerBound].split(separator: "\r\n")
    status = String(lines[0].dropFirst("HTTP/1.1 ".count))
    fields = Dictionary(
      lines.dropFirst().map { line in
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        return (
          line[..<colon].lowercased(),
          String(line[colon...].dropFirst().drop { $0 == " " })
        )
      }, uniquingKeysWith: { $0 + " | " + $1 })
    body = String(text[split.upperBound...])
  }
}

extension ByteStream {
  /// The next answer with a length, or without a body.
  func answer(hasBody: Bool = true) async throws -> RawAnswer? {
    let head = String(decoding: try await readUntil("\r\n\r\n"), as: UTF8.self)
    guard let parsed = RawAnswer(head) else { return nil }
    let length = parsed.fields["content-length"].flatMap { Int($0) } ?? 0
    let body = hasBody && length > 0 ? try await readExactly(length) : []
    return RawAnswer(head + String(decoding: body, as: UTF8.self))
  }
}
