// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import AsyncIOTLS
import Glibc
import HTTPTypes

/// The server of `asyncio serve`.
struct StaticServer {
  private let directory: String
  private let options: ServeOptions

  init(_ directory: String, _ options: ServeOptions) {
    self.directory = directory
    self.options = options
  }

  func run() async throws {
    try await checkDirectory()
    let log = options.log == .none ? nil : try await AccessLogWriter(options.log)
    var configuration = HTTPServer.Configuration()
    configuration.shutdownGrace = options.grace.duration
    configuration.signals = .always
    if options.upload { configuration.limits.body = options.maxUpload.count }
    let server = HTTPServer(try router(log), configuration: configuration)
    if options.tls.count == 2 {
      let (certificate, key) = (options.tls[0], options.tls[1])
      let listener = try await TLSListener.bind(host: options.address, port: options.port) {
        .http(try await .files(chain: certificate, key: key))
      }
      announce("https", listener.localAddress)
      try await server.serve(on: listener)
    } else {
      let listener = try await TCPListener.bind(host: options.address, port: options.port)
      announce("http", listener.localAddress)
      try await server.serve(on: listener)
    }
    try await log?.close()
  }

  private func checkDirectory() async throws {
    let path = directory
    let problem: String? = try await runBlocking {
      var status = stat()
      if stat(path, &status) != 0 { return errnoText() }
      return status.st_mode & S_IFMT == S_IFDIR ? nil : "it is no directory"
    }
    if let problem { throw usageError("cannot serve \(path): \(problem)") }
  }

  private func announce(_ scheme: String, _ address: SocketAddress) {
    let host = options.address ?? "localhost"
    let shown = host.contains(":") ? "[\(host)]" : host
    writeToStandardError("serving \(directory) at \(scheme)://\(shown):\(address.port)/\n")
  }

  private func router(_ log: AccessLogWriter?) throws -> Router {
    var app = Router()
    if let log { app.use(.accessLog { log.write($0) }) }
    if options.cors {
      // To read: that pages may write would be another wish.
      var origins = CORSOptions()
      origins.methods = [.get, .head]
      app.use(.cors(origins))
    }
    for rule in try options.proxy.map(ProxyRule.init) { try add(rule, to: &app) }
    var files = StaticFiles.Options()
    files.listsDirectories = true
    files.cacheControl = "no-cache"
    if options.spa { files.fallback = "index.html" }
    let all = StaticFiles(directory, files)
    app.get("/{path...}") { request in
      try await all.response(request.path.dropFirst(), for: request)
    }
    if options.upload {
      app.put("/{path...}") { request in try await all.save(request.path.dropFirst(), from: request)
      }
    }
    return app
  }

  private func add(_ rule: ProxyRule, to app: inout Router) throws {
    let proxy = try ReverseProxy(to: rule.url, replacing: rule.prefix)
    let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    for method in methods {
      for path in rule.prefix.isEmpty ? ["/{path...}"] : [rule.prefix, "\(rule.prefix)/{path...}"] {
        app.on(method, path) { request in try await proxy.response(for: request) }
      }
    }
  }
}
