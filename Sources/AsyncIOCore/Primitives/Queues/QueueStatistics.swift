// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A snapshot of the counters of a queue.
public struct QueueStatistics: Sendable, Hashable {
  /// The items in the queue.
  public let count: Int
  /// The items put and not yet reported done.
  public let unfinished: Int
  /// The tasks that wait for an item.
  public let waitingGetters: Int
  /// The tasks that wait for room.
  public let waitingPutters: Int
  /// Whether the queue was shut down.
  public let isShutDown: Bool

  @usableFromInline
  init(count: Int, unfinished: Int, waitingGetters: Int, waitingPutters: Int, isShutDown: Bool) {
    self.count = count
    self.unfinished = unfinished
    self.waitingGetters = waitingGetters
    self.waitingPutters = waitingPutters
    self.isShutDown = isShutDown
  }
}

extension QueueStatistics {
  /// A queue in words: only what is out of the ordinary is mentioned.
  @usableFromInline
  func describe(_ kind: String, maxSize: Int) -> String {
    var parts = maxSize > 0 ? ["maxSize: \(maxSize)"] : []
    parts.append(count == 1 ? "1 item" : "\(count) items")
    if waitingGetters > 0 { parts.append("\(waitingGetters) waiting to get") }
    if waitingPutters > 0 { parts.append("\(waitingPutters) waiting to put") }
    if unfinished > 0 { parts.append("\(unfinished) unfinished") }
    if isShutDown { parts.append("shut down") }
    return "\(kind)(\(parts.joined(separator: ", ")))"
  }
}
