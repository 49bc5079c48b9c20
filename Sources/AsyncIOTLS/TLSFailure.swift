// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import COpenSSL

/// Why a step of a connection has failed.
struct TLSFailure {
  let reason: String
  /// The alert that the peer has sent, RFC 8446, section 6.
  let alert: Int?
  /// This side did not trust the peer's certificate.
  let isRefusedCertificate: Bool

  /// Whether the alert is about the handshake: with TLS 1.3 a client has finished its own part when a server looks at
  /// the client's certificate.
  var isAboutHandshake: Bool {
    guard let alert else { return false }
    let ofHandshake: Set = [
      40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 70, 71, 109, 110, 112, 113, 115, 116, 120,
    ]
    return ofHandshake.contains(alert)
  }
}
