// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import Synchronization

/// A body that is sent while the answer may come already.
///
/// That the connection fails is no error by itself: a server that has answered need not take the body.
final class Upload: Sendable {
  private struct State {
    var task: Task<Void, any Error>?
    var isDone = false
    var error: (any Error)?
  }

  private let state = Guarded(State())

  /// - Parameters:
  ///   - send: Sends the body, and ends it.
  ///   - onFailure: Is called when the body itself cannot be sent: the request has to end.
  init(
    _ send: @escaping @Sendable () async throws -> Void, onFailure: @escaping @Sendable () -> Void
  ) {
    let task = createTask(name: "request body") { [state] in
      do {
        try await send()
        state.withLock { $0.isDone = true }
      } catch let error as UploadEnded {
        _ = error
      } catch is CancellationError {
      } catch {
        state.withLock { $0.error = error }
        onFailure()
      }
    }
    state.withLock { $0.task = task }
  }

  /// Whether the body was sent whole.
  var isDone: Bool { state.withLock { $0.isDone } }

  /// Why the body itself cannot be sent.
  var error: (any Error)? { state.withLock { $0.error } }

  func cancel() { state.withLock { $0.task }?.cancel() }
}
