// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Logging

@testable import AsyncIO

/// Collects what is logged on the calling thread: a loop logs on the thread that runs it.
enum LogCapture {
  private static let sinks = Guarded<[UInt: [String]]>([:])

  private static let isInstalled: Bool = {
    LoggingSystem.bootstrap { _ in Handler() }
    return true
  }()

  private static var thread: UInt { UInt(pthread_self()) }

  /// Has the package's logger report here: to be done before its first line.
  static func install() { _ = isInstalled }

  static func capture(_ body: () throws -> Void) rethrows -> [String] {
    install()
    let thread = thread
    sinks.withLock { $0[thread] = [] }
    defer { sinks.withLock { $0[thread] = nil } }
    try body()
    return sinks.withLock { $0[thread] ?? [] }
  }

  private struct Handler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let line = "\(event.level) \(event.message)"
      sinks.withLock { $0[thread]?.append(line) }
    }
  }
}
