// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport

/// The servers of `peers.py`: aiohttp, h2, and a proxy that tells of its requests.
struct Peers {
  let server: FaultServer
  let aiohttp: Int
  let h2: Int
  let proxy: Int

  /// Without them no test of this folder can run.
  static let shared: Peers = {
    do { return try Peers() } catch { fatalError("the peers do not start: \(error)") }
  }()

  /// With a proxy of its own, whose lines no other test reads.
  init() throws {
    server = try FaultServer("peers.py", python: "/usr/bin/python3")
    let ports = server.line().split(separator: " ").compactMap { Int($0) }
    guard ports.count == 3 else { throw CocoaError(.fileReadUnknown) }
    (aiohttp, h2, proxy) = (ports[0], ports[1], ports[2])
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(aiohttp)\(path)" }
  func h2URL(_ path: String) -> String { "http://127.0.0.1:\(h2)\(path)" }

  /// What a server says it was asked.
  struct Asked: Decodable {
    let method: String
    let path: String
    let headers: [String: String]
    let length: Int
    let body: String
    let sha256: String
  }

  /// What a proxy says it was asked.
  struct Proxied: Decodable {
    let method: String?
    let target: String
    let headers: [String: String]
  }
}
