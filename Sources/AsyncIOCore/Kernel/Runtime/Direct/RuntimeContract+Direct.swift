// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME
  extension RuntimeContract {
    /// What the casts between the runtime's types and words take for granted.
    static var layout: [Check] {
      let word = MemoryLayout<UInt>.size
      let job = MemoryLayout<UnownedJob>.size == word
      let task =
        MemoryLayout<Task<Void, Never>>.size == word
        && MemoryLayout<Task<[Int], any Error>>.size == word
      let current = MemoryLayout<UnsafeCurrentTask>.size == word
      let continuation = MemoryLayout<UnsafeContinuation<Void, Never>>.size == word
      let local = MemoryLayout<TaskLocal<TaskRecord?>>.size == word
      return [
        Check(name: "a job is a word", holds: job),
        Check(name: "a task is a word, whatever its types", holds: task && current),
        Check(name: "a continuation is a word", holds: continuation),
        Check(name: "a key of task-local values is a word", holds: local),
        Check(name: "errors are a word", holds: MemoryLayout<any Error>.size == word),
      ]
    }
  }
#endif
