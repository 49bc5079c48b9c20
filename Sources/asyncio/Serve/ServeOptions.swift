// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO

/// How `asyncio serve` serves.
struct ServeOptions: ParsableArguments {
  /// The format of the access log.
  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case common, json, none }

  @Option(help: "The address to listen at: a name, an address, or * for all of this machine.")
  var host: String?

  @Option(name: [.short, .long], help: "The port; 0 takes a free one, and says which.")
  var port = 8000

  @Flag(name: .customLong("public"), help: "Let other machines connect.")
  var isPublic = false

  @Option(
    name: .customLong("tls"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Use TLS, and HTTP/2: the file with the certificate, and that with its key, both in PEM. Read again at SIGHUP.",
      valueName: "certificate key"))
  var tls: [String] = []

  @Flag(help: "Serve index.html where there is no file: for applications of one page.")
  var spa = false

  @Flag(help: "Let pages of any origin read what is served.")
  var cors = false

  @Flag(help: "Let clients write files, by PUT: curl -T FILE URL.")
  var upload = false

  @Option(help: "The largest file that may be written: 500K, 10M, 2G.")
  var maxUpload = ByteCountArgument(1 << 30)

  @Option(
    help: ArgumentHelp(
      "Pass what is below a path on to another server, WebSockets too. A path in the URL takes the place of that before it.",
      valueName: "path=url"))
  var proxy: [String] = []

  @Option(help: "What to say of each request on standard output.")
  var log = LogFormat.common

  @Option(help: "How long requests may take to end once the server is to stop.")
  var grace = DurationArgument(.seconds(30))

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port must be from 0 to 65535, got \(port)")
    }
    guard tls.isEmpty || tls.count == 2 else {
      throw ValidationError("--tls needs the file with the certificate and that with its key")
    }
    guard !isPublic || host == nil else {
      throw ValidationError("--public and --host say different things; give one of them")
    }
    for rule in proxy { _ = try ProxyRule(rule) }
  }

  /// Where to listen; nil for all addresses.
  var address: String? { isPublic || host == "*" ? nil : host ?? "127.0.0.1" }
}
