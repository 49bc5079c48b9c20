// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// `asyncio serve`, as a process.
@Suite(.timeLimit(.minutes(3))) struct ServeTests {
  /// A server of a directory of its own, and where it is.
  ///
  /// Unchecked: nothing changes.
  private final class Served: @unchecked Sendable {
    let directory: URL
    let process = Process()
    let output = Pipe()
    private let errors = Pipe()
    let url: String

    init(_ arguments: [String] = [], files: [String: String] = ["a.txt": "hello\n"]) throws {
      directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("serve-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
      }
      process.executableURL = Program.products.appendingPathComponent("asyncio")
      process.arguments = ["serve", directory.path, "--port", "0"] + arguments
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      var text = ""
      while !text.contains("\n") {
        let piece = errors.fileHandleForReading.availableData
        if piece.isEmpty { break }
        text += String(decoding: piece, as: UTF8.self)
      }
      url = text.firstMatch(of: /https?:\/\/[^\/]*/).map { String($0.output) } ?? text
    }

    deinit {
      if process.isRunning { process.terminate() }
      try? FileManager.default.removeItem(at: directory)
    }

    /// Ends it in order; its status, and what it has logged.
    func stop() -> (status: Int32, log: String) {
      process.terminate()
      let log = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: log, as: UTF8.self))
    }
  }

  private static func field(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { fatalError("\(text) is no token") }
    return name
  }

  private func get(
    _ url: String, _ headers: HTTPFields = [:], insecure: Bool = false
  ) throws -> HTTPClient.Response {
    var configuration = HTTPClient.Configuration()
    configuration.verifiesCertificates = !insecure
    return try EventLoop.run(.init(mode: .scoped)) { [configuration] in
      try await HTTPClient(configuration).get(url, headers: headers)
    }
  }

  @Test func `Files, a list of them, and a line of the log for each request`() throws {
    let served = try Served()
    let file = try get(served.url + "/a.txt")
    #expect(file.text == "hello\n" && file.headers[.contentType] == "text/plain; charset=utf-8")
    #expect(try get(served.url + "/").text.contains("<a href=\"./a.txt\">a.txt</a>"))
    #expect(try get(served.url + "/none").status == .notFound)
    let (status, log) = served.stop()
    #expect(status == 0)
    #expect(log.contains("\"GET /a.txt HTTP/1.1\" 200 6 "))
    #expect(log.contains("\"GET /none HTTP/1.1\" 404 "))
  }

  @Test func `A log of JSON has a value for each thing`() throws {
    let served = try Served(["--log", "json"])
    _ = try get(served.url + "/a.txt?x=1")
    struct Line: Decodable {
      let method: String
      let target: String
      let status: Int
      let bytes: Int
    }
    let log = served.stop().log
    let line = try JSONDecoder().decode(Line.self, from: Data(log.utf8))
    #expect(line.method == "GET" && line.target == "/a.txt?x=1")
    #expect(line.status == 200 && line.bytes == 6)
  }

  @Test func `Nothing is written unless that was allowed`() throws {
    let closed = try Served()
    let put = [
      "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", "-T", "/etc/hostname",
    ]
    #expect(try Program.run("/usr/bin/curl", put + [closed.url + "/b"]).output == "405")
    let open = try Served(["--upload", "--max-upload", "1K"])
    #expect(try Program.run("/usr/bin/curl", put + [open.url + "/b"]).output == "201")
    #expect(try Program.run("/usr/bin/curl", put + [open.url + "/b"]).output == "204")
    #expect(
      try get(open.url + "/b").body
        == Array(Data(contentsOf: URL(fileURLWithPath: "/etc/hostname"))))
    #expect(try Program.run("/usr/bin/curl", put + [open.url + "/no/b"]).output == "404")
    #expect(
      try Program.run("/usr/bin/curl", put + ["--path-as-is", open.url + "/../b"]).output == "404")
    #expect(try Program.run("/usr/bin/curl", put + [open.url + "/.hidden"]).output == "404")
    let large = put.dropLast() + ["/etc/services", open.url + "/large"]
    #expect(try Program.run("/usr/bin/curl", Array(large)).output == "413")
    let names = try FileManager.default.contentsOfDirectory(atPath: open.directory.path)
    #expect(Set(names) == ["a.txt", "b"])
  }

  @Test func `An application of one page, and other origins`() throws {
    let served = try Served(["--spa", "--cors"], files: ["index.html": "<p>app</p>"])
    let page = try get(served.url + "/some/path", [Self.field("Origin"): "https://a.example"])
    #expect(page.status == .ok && page.text == "<p>app</p>")
    #expect(page.headers[Self.field("Access-Control-Allow-Origin")] == "*")
  }

  @Test func `By TLS and HTTP/2, with a certificate that changes at SIGHUP`() throws {
    let certificate = Servers.shared.certificate
    let key = URL(fileURLWithPath: certificate).deletingLastPathComponent()
      .appendingPathComponent("key.pem").path
    let copies = FileManager.default.temporaryDirectory
      .appendingPathComponent("tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: copies) }
    let (ours, ourKey) = (copies.path + "/c.pem", copies.path + "/k.pem")
    try FileManager.default.copyItem(atPath: certificate, toPath: ours)
    try FileManager.default.copyItem(atPath: key, toPath: ourKey)
    let served = try Served(["--tls", ours, ourKey])
    let page = try get(served.url + "/a.txt", insecure: true)
    #expect(page.text == "hello\n" && page.head.version == "2")
    func fingerprint() throws -> String {
      let address = served.url.replacing("https://", with: "")
      let shown = try Program.run(
        "/bin/sh",
        [
          "-c",
          "openssl s_client -connect \(address) </dev/null 2>/dev/null | openssl x509 -noout -fingerprint",
        ])
      return shown.output
    }
    let before = try fingerprint()
    #expect(before.contains("="))
    let made = try Program.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2",
        "-subj", "/CN=localhost", "-keyout", ourKey, "-out", ours,
      ])
    #expect(made.status == 0)
    kill(served.process.processIdentifier, SIGHUP)
    // Read again as soon as the signal has come.
    while try fingerprint() == before {}
    #expect(try get(served.url + "/a.txt", insecure: true).text == "hello\n")
    #expect(served.stop().status == 0)
  }

  @Test func `Requests below a path are another server's, WebSockets too`() throws {
    try EventLoop.run(.init(mode: .scoped)) {
      var app = Router()
      let asked = AsyncQueue<HTTPFields>()
      app.get("/base/echo") { request in
        try await asked.put(request.headers)
        return .text("\(request.path)?\(request.query["q"] ?? "") \(request.host)")
      }
      app.post("/base/echo") { request in
        .stream(contentType: "text/plain") { writer in
          for try await piece in request.body { try await writer.write(piece) }
        }
      }
      app.webSocket("/base/socket", Self.anyOrigin) { socket in
        for try await message in socket { try await socket.send(message) }
      }
      let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
      let server = HTTPServer(app)
      let serving = createTask { try await server.serve(on: listener) }
      let port = listener.localAddress.port
      let served = try await runBlocking {
        try Served(["--proxy", "/api=http://127.0.0.1:\(port)/base"])
      }
      let client = HTTPClient()
      let answer = try await client.get(served.url + "/api/echo?q=1")
      #expect(answer.text == "/base/echo?1 127.0.0.1:\(port)")
      let fields = try await asked.get()
      #expect(fields[Self.field("X-Forwarded-For")] == "127.0.0.1")
      #expect(fields[Self.field("X-Forwarded-Proto")] == "http")
      #expect(fields[Self.field("X-Forwarded-Host")] == served.url.replacing("http://", with: ""))
      let body = [UInt8](repeating: 7, count: 3_000_000)
      #expect(try await client.post(served.url + "/api/echo", .bytes(body)).body == body)
      #expect(try await client.get(served.url + "/api/none").status == .notFound)
      try await client.webSocket(served.url + "/api/socket") { (socket: WebSocket) async throws in
        for size in [0, 10, 200_000] {
          let bytes = [UInt8](repeating: 9, count: size)
          try await socket.send(bytes)
          #expect(try await socket.receive() == .binary(bytes))
        }
        await socket.close(.init(rawValue: 4001), reason: "done")
      }
      await server.shutdown(grace: .zero)
      try await serving.value
      #expect(try await client.get(served.url + "/api/echo").status == .badGateway)
      #expect(try await runBlocking { served.stop().status } == 0)
    }
  }

  private static var anyOrigin: WebSocket.Options {
    var options = WebSocket.Options()
    options.origins = .any
    return options
  }

  @Test func `Every request that was begun is answered when the server is told to end`() throws {
    let served = try Served(["--log", "none"])
    let load = Process()
    let output = Pipe()
    load.executableURL = URL(fileURLWithPath: "/usr/bin/wrk")
    load.arguments = ["-t1", "-c30", "-d2s", served.url + "/a.txt"]
    load.standardOutput = output
    try load.run()
    // Under load: it is stopped once it has answered some.
    _ = try get(served.url + "/a.txt")
    let (status, _) = served.stop()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    load.waitUntilExit()
    #expect(status == 0)
    // A connection that is closed before its answer is a read error.
    let errors = text.firstMatch(of: /Socket errors: connect (\d+), read (\d+), write (\d+)/)
    #expect(errors == nil || (errors?.output.2 == "0"), "\(text)")
    #expect(!text.contains("Non-2xx"))
  }

  @Test(arguments: [
    (["/no/such/directory"], "error: cannot serve /no/such/directory: No such file"),
    (["/etc/hostname"], "it is no directory"),
    (["--port", "70000"], "--port must be from 0 to 65535"),
    (["--tls", "only-one"], "--tls needs"), (["--proxy", "api"], "--proxy needs a path and a URL"),
    (["--proxy", "/api=ftp://x"], "--proxy /api=ftp://x"),
    (["--host", "a", "--public"], "different things"),
    (["--log", "xml"], "xml"),
    (["--host", "no-such-host.invalid", "--port", "0"], "no-such-host.invalid"),
    (["--port", "0", "--tls", "/none", "/none"], "/none"),
  ]) func `What is wrong is said, with a status`(arguments: [String], message: String) throws {
    let outcome = try Program.run("asyncio", ["serve"] + arguments)
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}
