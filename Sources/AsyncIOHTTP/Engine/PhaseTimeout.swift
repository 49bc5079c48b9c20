// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A part of a request took longer than it may.
struct PhaseTimeout: Error, CustomStringConvertible {
  let phase: HTTPClient.Phase
  let limit: Duration

  var description: String {
    let what =
      switch phase {
      case .resolve: "the name was not resolved"
      case .connect: "no connection was made"
      case .proxy: "the proxy did not answer"
      case .tls: "the TLS handshake was not done"
      case .send: "the request was not taken"
      case .firstByte: "no answer began"
      case .betweenBytes: "no more of the answer came"
      case .total: "it was not done"
      }
    return "\(what) within \(limit)"
  }
}
