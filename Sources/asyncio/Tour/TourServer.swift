// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import HTTPTypes

/// The server of the tour, on the same loop as its clients: each path answers after a set delay.
struct TourServer: Sendable {
  private let listener: TCPListener
  private let server: HTTPServer

  init() async throws {
    listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    var app = Router()
    app.get("/fails") { request in
      try await sleep(for: .milliseconds(300))
      return Self.page(request, status: .internalServerError)
    }
    app.get("/slow") { request in
      try await sleep(for: .seconds(3))
      return Self.page(request)
    }
    app.get("/wait/{milliseconds}") { request in
      try await sleep(for: .milliseconds(request.parameters["milliseconds", as: Int.self]))
      return Self.page(request)
    }
    app.get("/{path...}") { request in
      try await sleep(for: .seconds(1))
      return Self.page(request)
    }
    var configuration = HTTPServer.Configuration()
    // A signal ends the tour, and not only its server.
    configuration.signals = .never
    server = HTTPServer(app, configuration: configuration)
  }

  func url(_ path: String) -> String { "http://\(listener.localAddress)\(path)" }

  /// Serves until its task is cancelled.
  func serve() async throws { try await server.serve(on: listener) }

  private static func page(
    _ request: HTTPServer.Request, status: HTTPResponse.Status = .ok
  ) -> HTTPServer.Response {
    .bytes(
      Array("{\"path\": \"\(request.path)\"}\n".utf8), contentType: "application/json",
      status: status)
  }
}
