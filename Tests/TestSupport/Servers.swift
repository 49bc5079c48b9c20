// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation

/// The servers that the tests talk to: nginx, and one that misbehaves.
///
/// Started once, on first use; they end with this process.
public struct Servers: Decodable, Sendable {
  /// nginx's port for HTTP, and for HTTPS with HTTP/2 and a certificate of its own for `localhost`.
  public let http: Int, https: Int
  /// nginx's port for HTTP/2 where a connection serves two requests.
  public let twice: Int
  /// The port of the server that misbehaves; each path in its way, see servers.py.
  public let bad: Int
  /// A port where nobody listens.
  public let closed: Int
  /// The file with the certificate of the HTTPS server.
  public let certificate: String

  /// The running servers.
  public static let shared: Servers = {
    do { return try start() } catch { fatalError("the test servers do not start: \(error)") }
  }()

  private static func start() throws -> Servers {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("servers.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(UInt8(ascii: "\n")) {
      let piece = output.fileHandleForReading.availableData
      if piece.isEmpty { break }
      line += piece
    }
    return try JSONDecoder().decode(Servers.self, from: line)
  }

  /// A URL of nginx.
  public func nginx(_ path: String) -> String { "http://127.0.0.1:\(http)\(path)" }
  /// A URL of nginx over TLS, by the name in its certificate.
  public func nginxTLS(_ path: String) -> String { "https://localhost:\(https)\(path)" }
  /// A URL of nginx over TLS where a connection serves two requests.
  public func nginxTwoEach(_ path: String) -> String { "https://localhost:\(twice)\(path)" }
  /// A URL of the server that misbehaves.
  public func misbehaving(_ path: String) -> String { "http://127.0.0.1:\(bad)\(path)" }
  /// A URL where nobody listens.
  public var nobody: String { "http://127.0.0.1:\(closed)/" }
}
