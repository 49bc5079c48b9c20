// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

extension RequestHead {
  /// The method; the usual ones without making a text.
  var knownMethod: HTTPRequest.Method {
    switch method {
    case "GET": .get
    case "HEAD": .head
    case "POST": .post
    case "PUT": .put
    case "DELETE": .delete
    case "OPTIONS": .options
    case "PATCH": .patch
    // A token was parsed, so there is such a method.
    case let other: HTTPRequest.Method(other) ?? .get
    }
  }
}
