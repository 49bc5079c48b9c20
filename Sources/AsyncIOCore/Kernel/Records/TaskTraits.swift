// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What sets a task apart from others.
@usableFromInline
package struct TaskTraits: OptionSet, Sendable {
  @usableFromInline package let rawValue: UInt8

  @inlinable
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// An error that is not retrieved is logged.
  ///
  /// Not for tasks whose errors the package itself collects.
  @inlinable static var reportsError: Self { Self(rawValue: 1) }
  /// The creator awaits the task on every way out, so it survives the end of the run if its
  /// creator does.
  @inlinable static var isStructured: Self { Self(rawValue: 2) }
  /// The end of the run does not cancel the task, only awaits it: it bounds its own time.
  @inlinable package static var survivesShutdown: Self { Self(rawValue: 4) }
}
