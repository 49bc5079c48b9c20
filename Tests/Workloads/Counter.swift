// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// A number that any thread may change.
public final class Counter: Sendable {
  private let number: Atomic<Int>

  /// Starts at `value`.
  public init(_ value: Int = 0) { number = Atomic(value) }

  /// The number as it stands.
  public var value: Int { number.load(ordering: .sequentiallyConsistent) }

  /// Adds, and returns the sum.
  @discardableResult
  public func add(_ amount: Int) -> Int {
    number.wrappingAdd(amount, ordering: .sequentiallyConsistent).newValue
  }
}

/// Counts the tokens of one round that live.
///
/// Closures capture tokens; a closure that outlives its work, in a task, a timer or a line, shows
/// as a token that does.
public final class LiveCount: Sendable {
  private let count = Counter()

  /// Starts without tokens.
  public init() {}

  /// The tokens that live.
  public var value: Int { count.value }

  /// Makes a token.
  public func token() -> Token { Token(count) }
}

/// An object that is counted while it lives.
public final class Token: Sendable {
  private let count: Counter

  fileprivate init(_ count: Counter) {
    self.count = count
    count.add(1)
  }

  deinit { count.add(-1) }
}
