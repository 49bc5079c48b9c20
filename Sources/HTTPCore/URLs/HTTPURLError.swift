// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Why a text is no URL that can be requested.
package enum HTTPURLError: Error, Equatable, CustomStringConvertible {
  case containsNUL, noScheme, otherScheme, noHost, malformedTarget
  case malformedHost(String)
  case malformedPort(String)

  package var description: String {
    switch self {
    case .containsNUL: "it contains a NUL byte"
    case .noScheme, .otherScheme: "it must begin with http:// or https://"
    case .noHost: "it names no host"
    case .malformedTarget: "it contains a space or a control character"
    case .malformedHost(let host): "the host \(host.debugDescription) is malformed"
    case .malformedPort(let port): "\(port.debugDescription) is no port"
    }
  }
}
