// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// A part of a request, in the order in which they come.
  public enum Phase: String, Sendable, CustomStringConvertible {
    /// The look-up of the host's name.
    case resolve
    /// The TCP connection.
    case connect
    /// A proxy's tunnel to the host.
    case proxy
    /// The handshake of TLS.
    case tls
    /// The request on its way.
    case send
    /// The wait for the first byte of the answer.
    case firstByte = "first byte"
    /// The wait for the next bytes of the answer.
    case betweenBytes = "between bytes"
    /// The whole request.
    case total

    /// A short name, for logs and reports.
    public var description: String { rawValue }
  }
}
