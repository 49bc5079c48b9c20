// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// A server for Benchmarks/serve: PORT.

import FlyingFox
import Foundation

let json = Data(
  ("{\"items\":[" + String(repeating: "{\"id\":1,\"name\":\"abcdefgh\"},", count: 378) + "0]}").utf8)
let server = HTTPServer(
  address: try .inet(ip4: "127.0.0.1", port: UInt16(CommandLine.arguments[1]) ?? 8080),
  logger: .disabled)
await server.appendRoute("/json") { _ in
  HTTPResponse(statusCode: .ok, headers: [.contentType: "application/json"], body: json)
}
await server.appendRoute("/") { _ in
  HTTPResponse(
    statusCode: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
    body: Data("Hello, world!".utf8))
}
try await server.run()
