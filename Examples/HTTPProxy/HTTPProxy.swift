// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

// HTTPProxy URL [PORT]: hands all requests to another server, WebSockets too, and says what it cost.
//
//     swift run JobService 8080 & swift run HTTPProxy http://127.0.0.1:8080 8082

@main struct HTTPProxy: LoopProgram {
  static func run() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let url = arguments.first else { throw ExitStatus(64) }
    let port = arguments.dropFirst().first.flatMap { Int($0) } ?? 8082
    let proxy = try ReverseProxy(to: url)
    var app = Router()
    app.use(
      .accessLog { entry in
        print(entry.json)
        fflush(nil)
      })
    for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
      app.on(method, "/{path...}") { request in try await proxy.response(for: request) }
    }
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at http://\(listener.localAddress)")
    fflush(nil)
    try await HTTPServer(app).serve(on: listener)
  }
}
