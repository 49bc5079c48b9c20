// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore
internal import HTTPTypes

/// Tells ``HTTPClient/Configuration/trace`` of heads.
enum Trace {
  static func request(_ bytes: [UInt8], _ configuration: HTTPClient.Configuration) {
    configuration.trace?(.sent(text(bytes)))
  }

  static func response(_ head: ResponseHead, _ configuration: HTTPClient.Configuration) {
    configuration.trace?(.received(text(head.block.bytes) + "\n"))
  }

  /// A head as HTTP/1.1 would have it.
  static func request(_ request: Outgoing, _ configuration: HTTPClient.Configuration) {
    guard let trace = configuration.trace else { return }
    let lines = [
      "\(request.method.rawValue) \(request.url.target) HTTP/2", "Host: \(request.url.authority)",
    ]
    trace(.sent((lines + self.lines(request.sentFields)).joined(separator: "\n") + "\n"))
  }

  static func response(
    _ status: Int, _ fields: HTTPFields, _ configuration: HTTPClient.Configuration
  ) {
    guard let trace = configuration.trace else { return }
    trace(.received((["HTTP/2 \(status)"] + lines(fields)).joined(separator: "\n") + "\n"))
  }

  private static func lines(_ fields: HTTPFields) -> [String] {
    fields.map { "\($0.name.rawName): \($0.value)" }
  }

  /// Bytes that are not UTF-8, and controls, which a terminal would obey, replaced.
  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
  }
}
