// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Code that the loop runs once, on its thread.
///
/// Subclasses carry their state, so that what is scheduled costs one allocation.
///
/// Unchecked: each subclass says what protects its state.
@usableFromInline
package class LoopStep: @unchecked Sendable {
  package func run(on loop: EventLoop) {}

  /// The loop has ended, and this will not run; from any thread.
  package func discard() {}
}
