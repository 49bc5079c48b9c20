// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

extension HTTPResponse.Status {
  /// The status with which a request is refused, with its name.
  init(refusing error: WireError) {
    switch error.status {
    case 414: self = .uriTooLong
    case 417: self = .expectationFailed
    case 431: self = .requestHeaderFieldsTooLarge
    case 501: self = .notImplemented
    case 505: self = .httpVersionNotSupported
    default: self = .badRequest
    }
  }
}
