// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Logging

/// The package's one logger, `asyncio`: warnings about slow steps and tasks that will not end, and
/// errors that nobody retrieved.
enum Log {
  // Made anew for each line: the program may choose its log handler late, and lines are rare.
  private static var logger: Logger { Logger(label: "asyncio") }

  /// - `metadata`: What the message does not say.
  static func warning(_ message: String, _ metadata: [String: String] = [:]) {
    logger.warning("\(message)", metadata: metadata.mapValues { .string($0) })
  }

  static func debug(_ message: String) { logger.debug("\(message)") }

  static func error(_ message: String) { logger.error("\(message)") }
}
