// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// How the primitives stand, in words, for logs and debuggers: only what is out of the ordinary is mentioned.

private func describe(_ kind: String, _ parts: [String?]) -> String {
  let parts = parts.compactMap(\.self)
  return "\(kind)(\(parts.joined(separator: ", ")))"
}

private func inLine(_ count: Int) -> String? { count > 0 ? "\(count) waiting" : nil }

extension AsyncLock: CustomStringConvertible {
  /// For example `AsyncLock(locked, 2 waiting)`.
  public var description: String {
    let statistics = statistics
    return describe(
      "AsyncLock", [statistics.isLocked ? "locked" : "free", inLine(statistics.waiting)])
  }
}

extension AsyncSemaphore: CustomStringConvertible {
  /// For example `AsyncSemaphore(0 of 3 permits free, 2 waiting)`.
  public var description: String {
    let (free, total, line) = standing
    return describe("AsyncSemaphore", ["\(free) of \(total) permits free", inLine(line)])
  }
}

extension AsyncEvent: CustomStringConvertible {
  /// For example `AsyncEvent(not set, 2 waiting)`.
  public var description: String {
    describe("AsyncEvent", [isSet ? "set" : "not set", inLine(self.waiting)])
  }
}

extension AsyncCondition: CustomStringConvertible {
  /// For example `AsyncCondition(2 waiting, AsyncLock(free))`.
  public var description: String {
    describe("AsyncCondition", [inLine(self.waiting), "\(lock)"])
  }
}

extension AsyncBarrier: CustomStringConvertible {
  /// For example `AsyncBarrier(2 of 3 parties waiting)`.
  public var description: String {
    describe(
      "AsyncBarrier", ["\(self.waiting) of \(parties) parties waiting", isBroken ? "broken" : nil])
  }
}
