// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the loop does with an entry of its ready queue.
enum ReadyEntryKind: UInt {
  /// A job for the default executor, or by task executor preference.
  case task = 0
  /// A job of the main actor.
  case main = 1
  /// A `LoopStep`, retained by the entry.
  case callback = 2
  /// The first of the queue's callbacks.
  case scheduled = 3
}
