// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The clock of the event loop: `ContinuousClock`'s time, or virtual time in a loop that was given
/// `EventLoop.Configuration(clock: .virtual)`.
///
/// Code that reads the time here and waits with `sleep(until:)`, `withDeadline` or `Task.sleep`
/// on this clock runs in virtual time without a change, in tests that take microseconds.
public struct LoopClock: Sendable {
  /// A point in time on the loop's clock.
  public struct Instant: InstantProtocol, CustomStringConvertible {
    /// Nanoseconds since the clock's zero.
    package let nanoseconds: Int64

    /// The present time of the current loop's clock.
    public static var now: Instant {
      Instant(nanoseconds: EventLoop.ambientIfAny?.currentTime() ?? Syscalls.bootTime())
    }

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The point on the loop's clock that is as far from now as `instant` is on the system's.
    public init(_ instant: ContinuousClock.Instant) {
      self = Instant.now.advanced(by: ContinuousClock.now.duration(to: instant))
    }

    /// The instant `duration` later.
    ///
    /// Stays at the end of the clock's range instead of overflowing.
    public func advanced(by duration: Duration) -> Instant {
      Instant(nanoseconds: nanoseconds.addingSaturating(duration.nanoseconds))
    }

    /// The time from this instant to `other`.
    public func duration(to other: Instant) -> Duration {
      .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    /// The instant `duration` after `instant`.
    public static func + (instant: Instant, duration: Duration) -> Instant {
      instant.advanced(by: duration)
    }

    /// The instant `duration` before `instant`.
    public static func - (instant: Instant, duration: Duration) -> Instant {
      instant.advanced(by: .zero - duration)
    }

    /// The time from the second instant to the first.
    public static func - (later: Instant, earlier: Instant) -> Duration {
      earlier.duration(to: later)
    }

    /// Moves an instant by `duration`.
    public static func += (instant: inout Instant, duration: Duration) {
      instant = instant.advanced(by: duration)
    }

    /// Moves an instant back by `duration`.
    public static func -= (instant: inout Instant, duration: Duration) {
      instant = instant - duration
    }

    /// Whether the first instant is earlier.
    public static func < (left: Instant, right: Instant) -> Bool {
      left.nanoseconds < right.nanoseconds
    }

    /// Seconds since the clock's zero.
    public var description: String { "\(Duration.nanoseconds(nanoseconds))" }
  }

  /// The loop's clock.
  ///
  /// All values are the same clock: that of the loop that asks.
  public init() {}

  /// The present time of the current loop's clock.
  public var now: Instant { .now }

  /// One nanosecond.
  public var minimumResolution: Duration { .nanoseconds(1) }
}

extension Duration {
  /// Whole nanoseconds, rounded toward zero and kept within ±292 years.
  package var nanoseconds: Int64 {
    let attoseconds = self.attoseconds
    // Below 18 seconds the division is one of 64 bits: the usual timeouts.
    if let small = UInt64(exactly: attoseconds) { return Int64(small / 1_000_000_000) }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }
}

extension Int64 {
  package func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}

extension Int64 {
  func subtractingSaturating(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
