// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// How a response came about: what took how long, and over what.
  ///
  /// After redirects and second tries it is that of the last attempt, but for ``attempts``, ``redirects`` and ``total``.
  public struct Story: Sendable, Hashable {
    /// How many times a request was sent, redirects not counted: more than 1 where a kept connection had ended.
    public internal(set) var attempts = 0
    /// How many redirects were followed.
    public internal(set) var redirects = 0
    /// Whether the connection had served other requests before.
    public internal(set) var isConnectionReused = false
    /// The version of HTTP, such as `1.1` or `2`.
    public internal(set) var version = ""
    /// The look-up of the name; nil on a connection that was reused.
    public internal(set) var resolve: Duration?
    /// The TCP connection; nil on one that was reused.
    public internal(set) var connect: Duration?
    /// The handshake of TLS; nil without one.
    public internal(set) var tls: Duration?
    /// From the moment in which there was a connection to the head of the answer.
    public internal(set) var firstByte: Duration?
    /// From the call to the last byte that has come.
    public internal(set) var total = Duration.zero
    /// How many bytes were sent, as HTTP counts them: before TLS.
    public internal(set) var bytesSent = 0
    /// How many bytes came, heads included, as HTTP counts them: after TLS, and before a body is decompressed.
    public internal(set) var bytesReceived = 0
  }
}

extension HTTPClient.Story: CustomStringConvertible {
  /// One line, such as `connect 2 ms, first byte 80 ms, total 81 ms; attempt 1; HTTP/2; 412 bytes received`.
  public var description: String {
    let times = [
      ("resolve", resolve), ("connect", connect), ("tls", tls), ("first byte", firstByte),
      ("total", total),
    ].compactMap { name, time in time.map { "\(name) \(Self.text($0))" } }
    let connection = isConnectionReused ? ", reused connection" : ""
    return "\(times.joined(separator: ", ")); attempt \(attempts); HTTP/\(version)\(connection); "
      + "\(bytesReceived) bytes received"
  }

  private static func text(_ time: Duration) -> String {
    let tenths = Int((time / .milliseconds(1) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) ms"
  }
}
