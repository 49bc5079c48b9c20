// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

/// Makes the mistake that its argument names.
@main struct Mistakes: LoopProgram {
  static func run() async throws {
    guard let name = CommandLine.arguments.dropFirst().first, let mistake = all[name] else {
      throw ExitStatus(2)
    }
    try await mistake()
  }

  private static let all: [String: @MainActor () async throws -> Void] = [
    "release": { AsyncSemaphore(permits: 1, bounded: true).release() },
    "permits": { _ = AsyncSemaphore(permits: -1) },
    "relock": {
      let lock = AsyncLock()
      try await lock.lock()
      try await lock.lock()
    },
    "unlock": { AsyncLock().unlock() },
    "notify": { AsyncCondition().notify() },
    "taskDone": { AsyncQueue<Int>().taskDone() },
    "maxSize": { _ = AsyncQueue<Int>(maxSize: -1) },
    "limit": { try await withTaskScope(limit: 0) { _ in } },
    "read": { _ = try await FileStream.standardInput().read(upTo: -1) },
    "workers": { _ = ProcessPool(workers: 0) },
  ]
}
