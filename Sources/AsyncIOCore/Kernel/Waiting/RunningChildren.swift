// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The children of a task that waits for their end.
protocol RunningChildren: AnyObject, Sendable {
  /// The children that have not ended; nil if there are more than `count`, or not all of them are known.
  func liveIdentities(atMost count: Int) -> [TaskIdentity]?
}
