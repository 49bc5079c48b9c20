// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import HTTPTypes

/// Asks a proxy for a tunnel to a server, RFC 9110 section 9.3.6.
struct ProxyTunnel: Sendable {
  private let stream: ByteStream
  private let authority: String
  private let proxy: ProxyServer
  private let configuration: HTTPClient.Configuration

  init(
    _ stream: ByteStream, to url: HTTPURL, by proxy: ProxyServer,
    _ configuration: HTTPClient.Configuration
  ) {
    self.stream = stream
    let name = url.host.utf8.contains(UInt8(ascii: ":")) ? "[\(url.host)]" : url.host
    authority = "\(name):\(url.port)"
    self.proxy = proxy
    self.configuration = configuration
  }

  /// - Throws: ``ProxyError`` if the proxy refuses.
  func open() async throws {
    var fields: HTTPFields = [.userAgent: configuration.userAgent]
    fields[.proxyAuthorization] = proxy.authorization
    var encoder = HeadEncoder()
    try encoder.appendRequest(
      method: "CONNECT", target: authority, host: authority, fields: fields, framing: .none)
    Trace.request(encoder.bytes, configuration)
    do {
      try await stream.write(encoder.take())
      let head = try await ResponseHead.read(from: stream)
      Trace.response(head, configuration)
      guard 200..<300 ~= head.status else {
        throw ProxyError("the proxy \(proxy.url.authority) answers \(head.status) \(head.reason)")
      }
    } catch let error as IncompleteReadError {
      throw ProxyError("the proxy \(proxy.url.authority) closed the connection: \(error)")
    }
  }
}
