// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import AsyncIOHTTP
import AsyncIOTLS

/// A server for `Benchmarks/serve`: a word, ten kilobytes of JSON, and the files of a directory.
@main struct ServeBench: LoopProgram {
  static func run() async throws {
    let options = try Options.parseOrExit()
    switch options.shape {
    case .floor: try await Floor.serve(port: options.port)
    case .handler: try await serve(HTTPServer { _ in .text("Hello, world!") }, options)
    case .router: try await serve(HTTPServer(router(options)), options)
    }
  }

  private static func router(_ options: Options) -> Router {
    var app = Router()
    let json =
      Array(#"{"items":["#.utf8)
      + Array(repeating: Array(#"{"id":1,"name":"abcdefgh"},"#.utf8), count: 378).flatMap(\.self)
      + Array("0]}".utf8)
    app.get("/") { _ in .text("Hello, world!") }
    app.get("/json") { _ in .bytes(json, contentType: "application/json") }
    if let directory = options.directory { app.files("/files", from: directory) }
    return app
  }

  private static func serve(_ server: HTTPServer, _ options: Options) async throws {
    let pool = options.loops > 1 ? try LoopPool(loops: .count(options.loops)) : nil
    if let certificate = options.certificate, let key = options.key {
      let listener = try await TLSListener.bind(host: "127.0.0.1", port: options.port) {
        .http(try await .files(chain: certificate, key: key))
      }
      try await server.serve(on: listener, across: pool)
    } else {
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: options.port)
      try await server.serve(on: listener, across: pool)
    }
    await pool?.close()
  }
}

struct Options: ParsableArguments {
  enum Shape: String, ExpressibleByArgument { case floor, handler, router }

  @Option var shape = Shape.handler
  @Option var port = 18080
  @Option var loops = 1
  @Option var directory: String?
  @Option var certificate: String?
  @Option var key: String?
}

/// What a server costs that does nothing but find the end of a head and write.
enum Floor {
  private static let answer = Array(
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Mon, 30 Nov 2026 12:00:00 GMT\r\nContent-Length: 13\r\n\r\nHello, world!"
      .utf8)

  static func serve(port: Int) async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    try await listener.serve { stream in
      while true {
        do { _ = try await stream.readUntil("\r\n\r\n") } catch is IncompleteReadError { return }
        try await stream.write(answer)
      }
    }
  }
}
