// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Results by index, filled in any order.
@usableFromInline
final class ResultList<Output: Sendable>: ResultSink {
  @usableFromInline let results: Guarded<[Result<Output, any Error>?]>
  @usableFromInline let family: ChildGroup
  @usableFromInline let endsOnFailure: Bool

  /// - Parameter endsOnFailure: A failure ends its child, and is the family's.
  @inlinable
  init(_ family: ChildGroup, endsOnFailure: Bool) {
    // The value is made here, where clients specialise it.
    results = Guarded([])
    self.family = family
    self.endsOnFailure = endsOnFailure
  }

  @inlinable
  func receive(_ result: Result<Output, any Error>, of index: Int) async -> Bool {
    results.withLock { results in
      while results.count <= index { results.append(nil) }
      results[index] = result
    }
    guard endsOnFailure, case .failure(let error) = result else { return true }
    family.noteFailure(error, index)
    return false
  }

  /// All results; inputs that were never run count as cancelled.
  @inlinable
  func take(count: Int) -> [Result<Output, any Error>] {
    results.withLock { results in
      (0..<count).map { index in
        (index < results.count ? results[index] : nil) ?? .failure(CancellationError())
      }
    }
  }

  /// All values, or the first error there is in their order.
  @inlinable
  func takeValues(count: Int) throws -> [Output] {
    try results.withLock { results in
      var values: [Output] = []
      values.reserveCapacity(count)
      for index in 0..<count {
        guard index < results.count, let result = results[index] else { throw CancellationError() }
        values.append(try result.get())
      }
      return values
    }
  }
}
