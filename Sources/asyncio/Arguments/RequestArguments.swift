// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc
import HTTPTypes

/// The options that say how a request is made: those of `fetch` and `get`.
struct RequestArguments: ParsableArguments {
  @Option(
    name: [.customShort("H"), .long],
    help: "Send this header with every request: 'Name: value'. May be repeated.")
  var header: [String] = []

  @Option(help: "The method, such as HEAD; GET, or POST with --data, if not given.")
  var method: String?

  @Option(
    help:
      "Send this as the body; @FILE sends a file. No Content-Type is added: give it with --header.")
  var data: String?

  @Option(
    help: """
      Go through this proxy: http://host:port; 'none' goes through none. If not given, http_proxy, \
      https_proxy, all_proxy and no_proxy of the environment say which.
      """)
  var proxy: String?

  @Option(help: "What User-Agent says.")
  var userAgent: String?

  @Option(help: "How many redirects are followed; 0 reports the redirect itself.")
  var maxRedirects = 10

  @Flag(name: .customLong("http1.1"), help: "Speak HTTP/1.1 only.")
  var usesHTTP1 = false

  @Flag(
    name: .customLong("http2"),
    help: "Speak HTTP/2 only, also without TLS, with servers that are known to.")
  var usesHTTP2 = false

  @Option(help: "Trust the certificates in this file (PEM) instead of the system's.")
  var cacert: String?

  @Flag(help: "Do not verify certificates: anybody may pretend to be the server.")
  var insecure = false

  @Option(help: "The longest time to make a connection: resolution, TCP and TLS.")
  var connectTimeout: DurationArgument?

  @Flag(name: .shortAndLong, help: "Show the heads of requests and answers on standard error.")
  var verbose = false

  func validate() throws {
    guard maxRedirects >= 0 else { throw ValidationError("--max-redirects must not be negative") }
    guard !(usesHTTP1 && usesHTTP2) else {
      throw ValidationError("--http1.1 and --http2 exclude each other")
    }
    if let method, HTTPRequest.Method(method) == nil {
      throw ValidationError("--method '\(method)' is no method")
    }
    if let userAgent, !HTTPField.isValidValue(userAgent) {
      throw ValidationError("--user-agent has characters that headers cannot have")
    }
    _ = try HeaderLines(header)
  }

  /// The settings of a client.
  var configuration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    if let userAgent { configuration.userAgent = userAgent }
    if let proxy { configuration.proxy = proxy == "none" ? .none : .url(proxy) }
    if let connectTimeout {
      // The time for all of it is the one that is meant.
      configuration.connectTimeout = connectTimeout.duration
      (configuration.timeouts.resolve, configuration.timeouts.connect) = (nil, nil)
      (configuration.timeouts.proxy, configuration.timeouts.tls) = (nil, nil)
    }
    configuration.maxRedirects = maxRedirects
    configuration.version = usesHTTP1 ? .http1 : usesHTTP2 ? .http2 : .automatic
    configuration.trustedCertificates = cacert
    configuration.verifiesCertificates = !insecure
    if verbose {
      configuration.trace = { event in
        writeToStandardError(TerminalText.escaped(event.description) + "\n")
      }
    }
    return configuration
  }

  /// The request for a URL, as often as it is asked for.
  func template() throws -> HTTPClient.Request {
    var request = HTTPClient.Request("", headers: try HeaderLines(header).fields)
    request.timeout = nil
    if let data {
      request.content =
        data.hasPrefix("@") ? .file(String(data.dropFirst())) : .bytes(Array(data.utf8))
    }
    let name = method ?? (data == nil ? "GET" : "POST")
    request.method = HTTPRequest.Method(name) ?? .get
    return request
  }
}
