// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// The standard library's functions, in a module of their own, because in AsyncIO its own stand in front of them.

/// The standard library's `Task.yield()`.
public func standardYield() async { await Task.yield() }

/// The standard library's `Task.sleep(for:tolerance:)`.
///
/// - Throws: `CancellationError`.
public func standardSleep(for duration: Duration, tolerance: Duration?) async throws {
  try await Task.sleep(for: duration, tolerance: tolerance)
}
