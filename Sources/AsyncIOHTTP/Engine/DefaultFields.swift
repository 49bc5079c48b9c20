// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

/// The fields that a client sends unless a request has others: written once, and not with each request.
struct DefaultFields: Sendable {
  let fields: HTTPFields
  /// The same as lines of HTTP/1.1.
  let lines: [UInt8]

  /// None: for requests that are another's.
  init() { (fields, lines) = ([:], []) }

  init(_ configuration: HTTPClient.Configuration) {
    var fields: HTTPFields = [.userAgent: configuration.userAgent, .accept: "*/*"]
    if configuration.decodesBodies { fields[.acceptEncoding] = "gzip, deflate, br, zstd" }
    self.fields = fields
    // A field replaces what cannot be in it when it is made.
    lines = (try? HeadEncoder.lines(of: fields)) ?? []
  }

  /// Whether none of them is in a request.
  func areMissing(in request: HTTPFields) -> Bool {
    request.isEmpty || !fields.contains { request.contains($0.name) }
  }

  /// The fields of a request with those that it lacks.
  func completing(_ request: HTTPFields) -> HTTPFields {
    var all = request
    for field in fields where !request.contains(field.name) { all.append(field) }
    return all
  }
}
