// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import COpenSSL
internal import Synchronization

/// Sessions that later connections may resume, by host and port.
final class SessionStore: Sendable {
  private static let capacity = 256
  private let sessions = Mutex<[String: [UInt8]]>([:])

  func session(for subject: String) -> [UInt8]? { sessions.withLock { $0[subject] } }

  func keep(_ session: [UInt8], for subject: String) {
    sessions.withLock { sessions in
      if sessions.count >= Self.capacity, sessions[subject] == nil { sessions.removeAll() }
      sessions[subject] = session
    }
  }
}
