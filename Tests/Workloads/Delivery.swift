// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A result that is left by one side and awaited by the other, whatever threads and loops they are
/// on.
///
/// The first result counts. Built on the runtime alone, so that what it watches cannot break it.
final class Delivery<Value: Sendable>: Sendable {
  private enum State {
    case empty
    case awaited(CheckedContinuation<Value, any Error>)
    case left(Result<Value, any Error>)
    case over
  }

  private let state = Locked(State.empty)

  init() {}

  func leave(_ result: Result<Value, any Error>) {
    let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
      switch state {
      case .empty:
        state = .left(result)
        return nil
      case .awaited(let waiter):
        state = .over
        return waiter
      case .left, .over:
        return nil
      }
    }
    waiter?.resume(with: result)
  }

  /// Awaited once; takes no notice of cancellation.
  func value() async throws -> Value {
    try await withCheckedThrowingContinuation { waiter in
      let result: Result<Value, any Error>? = state.withLock { state in
        if case .left(let result) = state {
          state = .over
          return result
        }
        state = .awaited(waiter)
        return nil
      }
      if let result { waiter.resume(with: result) }
    }
  }
}
