// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Logging

@testable import AsyncIO
@testable import AsyncIOCore

/// Collects what is logged on the calling thread: a loop logs on the thread that runs it.
enum LogCapture {
  private static let sinks = Guarded<[UInt: [String]]>([:])
  private static let everywhereKeys = Guarded<UInt>(0)

  private static let isInstalled: Bool = {
    LoggingSystem.bootstrap { _ in Handler() }
    return true
  }()

  private static var thread: UInt { UInt(pthread_self()) }

  /// Has the package's logger report here: to be done before its first line.
  static func install() { _ = isInstalled }

  /// - `everywhere`: Also what other threads log meanwhile.
  static func capture(
    everywhere: Bool = false, _ body: () throws -> Void
  ) rethrows -> [String] {
    install()
    // No thread has such a number.
    let thread =
      everywhere
      ? everywhereKeys.withLock {
        $0 += 1; return $0
      } : thread
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
      sinks.withLock { sinks in
        sinks[thread]?.append(line)
        for key in sinks.keys where key < 100_000 { sinks[key]?.append(line) }
      }
    }
  }
}
