// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a child started with ``TaskScope/start(name:file:line:_:)`` calls when it is ready.
public struct ReadySignal<Value: Sendable>: Sendable {
  let completion = Completion<Value>()

  /// Says that the child is ready; only the first call counts.
  public func callAsFunction(_ value: Value) { completion.completeOnce(.success(value)) }

  @discardableResult
  func end(_ result: Result<Value, any Error>) -> Bool { completion.completeOnce(result) }
}
