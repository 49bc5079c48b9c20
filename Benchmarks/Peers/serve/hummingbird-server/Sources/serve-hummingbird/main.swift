// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// A server for Benchmarks/serve: PORT.

import Hummingbird
import Logging

let json =
  "{\"items\":[" + String(repeating: "{\"id\":1,\"name\":\"abcdefgh\"},", count: 378) + "0]}"
let router = Router()
router.get("/") { _, _ in "Hello, world!" }
router.get("/json") { _, _ in
  Response(
    status: .ok, headers: [.contentType: "application/json"],
    body: .init(byteBuffer: ByteBuffer(string: json)))
}
var logger = Logger(label: "serve")
logger.logLevel = .error
let port = Int(CommandLine.arguments[1]) ?? 8080
let application = Application(
  router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
try await application.runService()
