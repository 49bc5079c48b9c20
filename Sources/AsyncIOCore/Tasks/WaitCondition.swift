// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What `wait(for:until:timeout:)` waits for.
public enum WaitCondition: Sendable {
  /// One of the tasks has ended.
  case firstCompleted
  /// One has failed, other than by cancellation; or all have ended.
  case firstFailure
  /// All have ended.
  case allCompleted
}
