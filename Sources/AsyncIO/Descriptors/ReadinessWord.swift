// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore

/// What is known of one direction of a descriptor, in one word.
///
///     ready ──a call would block──► not ready ──report──► ready
///
/// A report that comes between the call and the note that it would have blocked must not get lost. So the word counts the
/// reports, and `clearReadiness` takes back only readiness that the caller had seen.
///
/// Pure: no descriptor, task or lock. `DescriptorSide` makes each change atomic.
struct ReadinessWord: RawRepresentable, Equatable, Sendable {
  /// How a wait begins.
  enum Beginning: Equatable {
    /// The task waits; the source is to be asked for a report, unless it was asked before and has not answered.
    case waiting(mustAsk: Bool)
    /// There is no need to wait.
    case ready
    /// Another task waits.
    case busy
    /// The descriptor was closed, or its loop has ended.
    case over(OneShot.Signal)
  }

  var rawValue: UInt64

  /// A call is worth trying.
  private static let ready: UInt64 = 1
  /// The end of the stream has been reported: it stays ready.
  private static let final: UInt64 = 2
  private static let waiting: UInt64 = 4
  private static let closed: UInt64 = 8
  /// The loop has ended.
  private static let ended: UInt64 = 16
  /// The source was asked for a report.
  private static let asked: UInt64 = 32
  private static let oneReport: UInt64 = 64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(isReady: Bool) { rawValue = isReady ? Self.ready : 0 }

  @inline(__always)
  var isReady: Bool { rawValue & Self.ready != 0 }

  @inline(__always)
  var isFinal: Bool { rawValue & Self.final != 0 }

  @inline(__always)
  var isWaiting: Bool { rawValue & Self.waiting != 0 }

  /// Records a report; true when a task waits, whose wait is the caller's to end.
  @inline(__always)
  mutating func recordReport(isFinal: Bool) -> Bool {
    let wasWaiting = isWaiting
    rawValue &+= Self.oneReport
    rawValue |= isFinal ? Self.ready | Self.final : Self.ready
    rawValue &= ~Self.waiting
    return wasWaiting
  }

  /// Takes readiness back that a call has disproved; it stays when there was a report since `seen`.
  @inline(__always)
  mutating func clearReadiness(ifUnchangedSince seen: ReadinessWord) {
    if self == seen { rawValue &= ~Self.ready }
  }

  /// Records that nothing more is reported; true when a task waits, whose wait is the caller's to end.
  mutating func end(_ signal: OneShot.Signal) -> Bool {
    rawValue |= signal == .closed ? Self.closed : Self.ended
    return claimWait()
  }

  /// Begins a wait, unless there is no need to.
  @inline(__always)
  mutating func beginWait() -> Beginning {
    if rawValue & (Self.closed | Self.ended) != 0 {
      return .over(rawValue & Self.closed != 0 ? .closed : .ended)
    }
    if isReady { return .ready }
    if isWaiting { return .busy }
    defer { rawValue |= Self.waiting | Self.asked }
    return .waiting(mustAsk: rawValue & Self.asked == 0)
  }

  /// Takes it on to end the wait that is under way; false when there is none.
  @inline(__always)
  mutating func claimWait() -> Bool {
    defer { rawValue &= ~Self.waiting }
    return isWaiting
  }

  /// The source has answered; true when a task waits, for which it is to be asked again.
  mutating func recordAnswer() -> Bool {
    if !isWaiting { rawValue &= ~Self.asked }
    return isWaiting
  }
}
