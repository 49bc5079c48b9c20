// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Logging

/// The package's one logger, `asyncio`: warnings about slow steps and tasks that will not end, and
/// errors that were not retrieved.
package enum Log {
  // Made anew for each line: the program may choose its log handler late, and lines are rare.
  private static var logger: Logger { Logger(label: "asyncio") }

  /// What users import; otherwise it would be the target that logs.
  private static let source = "AsyncIO"

  /// - Parameter metadata: What the message does not say.
  package static func warning(_ message: String, _ metadata: [String: String] = [:]) {
    logger.warning(
      "\(message)", metadata: metadata.mapValues { .string($0) }, source: source)
  }

  package static func info(_ message: String, _ metadata: [String: String] = [:]) {
    logger.info("\(message)", metadata: metadata.mapValues { .string($0) }, source: source)
  }

  package static func debug(_ message: String) { logger.debug("\(message)", source: source) }

  package static func error(_ message: String) { logger.error("\(message)", source: source) }
}
