// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import Synchronization

/// A body that is sent while the answer may come already.
///
/// That it fails is no error by itself: a server that has answered need not take it.
final class Upload: Sendable {
  private let hasSentAll = Atomic<Bool>(false)
  private let task: Guarded<Task<Void, any Error>?> = Guarded(nil)

  init(_ body: [UInt8], to stream: ByteStream) {
    let task = createTask(name: "request body") {
      do {
        try await stream.write(body)
        self.hasSentAll.store(true, ordering: .releasing)
      } catch {}
    }
    self.task.withLock { $0 = task }
  }

  /// Whether the body was sent whole.
  var isDone: Bool { hasSentAll.load(ordering: .acquiring) }

  func cancel() { task.withLock { $0 }?.cancel() }
}
