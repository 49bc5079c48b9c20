// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIOTLS

extension TLSConfiguration {
  /// Settings of an HTTP server, whose clients need no certificate: HTTP/2 for those who want it, and HTTP/1.1.
  ///
  /// ```swift
  /// let listener = try await TLSListener.bind(host: nil, port: 443) {
  ///   .http(try await .files(chain: "fullchain.pem", key: "privkey.pem"))
  /// }
  /// try await HTTPServer(app).serve(on: listener)
  /// ```
  public static func http(_ identity: Identity) -> TLSConfiguration {
    var configuration = TLSConfiguration.server(identity)
    configuration.protocols = ["h2", "http/1.1"]
    return configuration
  }
}
