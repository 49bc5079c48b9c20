// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Attempts that start one after the other, each when the last has failed or after a while, until the
/// first succeeds.
enum StaggeredRace {
  enum Outcome<Winner> {
    case won(Winner)
    /// The errors, in the order of the candidates.
    case failed([any Error])
  }

  private struct Result<Winner: Sendable>: Sendable {
    let index: Int
    let result: Swift.Result<Winner, any Error>
  }

  /// Runs the race; every attempt has ended when it returns.
  ///
  /// Cancelled, throws `CancellationError` once every attempt has ended.
  ///
  /// - Parameter discard: Takes those that succeeded too late.
  static func run<Candidate: Sendable, Winner: Sendable>(
    _ candidates: [Candidate], delay: Duration,
    attempt: @escaping @Sendable (Candidate) async throws -> Winner,
    discard: (Winner) -> Void
  ) async throws -> Outcome<Winner> {
    if candidates.count == 1 { return try await runAlone(candidates[0], attempt) }
    let finished = AsyncQueue<Result<Winner>>()
    defer {
      // Attempts that ended after the decision.
      while let late = finished.tryGet() {
        if case .success(let winner) = late.result { discard(winner) }
      }
    }
    return try await withTaskScope(onFailure: .keepGoing) { scope in
      var errors: [(index: Int, error: any Error)] = []
      var next = 0
      while errors.count < candidates.count {
        if next < candidates.count {
          let (index, candidate) = (next, candidates[next])
          scope.spawn {
            let result = await Self.result { try await attempt(candidate) }
            _ = finished.tryPut(Result(index: index, result: result))
          }
          next += 1
        }
        let isLast = next == candidates.count
        let ended = try await wait(for: finished, isLast ? nil : delay)
        switch ended?.result {
        case .success(let winner):
          scope.cancel()
          return .won(winner)
        case .failure(let error): errors.append((ended?.index ?? 0, error))
        case nil: break
        }
      }
      return .failed(errors.sorted { $0.index < $1.index }.map(\.error))
    }
  }

  private static func runAlone<Candidate: Sendable, Winner: Sendable>(
    _ candidate: Candidate, _ attempt: @Sendable (Candidate) async throws -> Winner
  ) async throws -> Outcome<Winner> {
    do {
      return .won(try await attempt(candidate))
    } catch let error as CancellationError {
      throw error
    } catch {
      return .failed([error])
    }
  }

  private static func wait<Item: Sendable>(
    for queue: AsyncQueue<Item>, _ delay: Duration?
  ) async throws -> Item? {
    guard let delay else { return try await queue.get() }
    return try await moveOn(after: delay) { try await queue.get() }
  }

  private static func result<Value>(
    _ body: () async throws -> Value
  ) async -> Swift.Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
