// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The time was up before the work was done.
public struct TimeoutError: Error, Hashable, CustomStringConvertible {
  /// The time that was allowed, from the start of the body to the deadline.
  public let duration: Duration
  /// The name of the task that ran the body, if it had one.
  public let taskName: String?

  /// For example `timed out after 5.0 seconds in task "users"`.
  public var description: String {
    "timed out after \(duration)" + (taskName.map { " in task \"\($0)\"" } ?? "")
  }
}
