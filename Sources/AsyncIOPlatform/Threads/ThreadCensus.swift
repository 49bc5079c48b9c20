// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Finds out whether a loop that has nothing to do is certain to have nothing to do for ever.
///
/// That is so only if all other threads of the process are the package's own, and idle: those never act unless they are
/// called. Any other thread may, whatever it does at the moment: it may sleep on a semaphore that another process raises,
/// or wait for a byte. So it takes no look at what other threads do, but only at whether there are any.
package enum ThreadCensus {
  /// Threads of our own, and whether they are idle.
  private static let bystanders = Guarded<[Int32: @Sendable () -> Bool]>([:])

  /// Says that the calling thread only acts when it is called, as long as `isIdle` holds.
  ///
  /// Returns what was said of it before.
  @discardableResult
  package static func addBystander(
    isIdle: @escaping @Sendable () -> Bool = { true }
  ) -> (@Sendable () -> Bool)? {
    let thread = Syscalls.currentThreadID
    return bystanders.withLock { $0.updateValue(isIdle, forKey: thread) }
  }

  package static func removeBystander(restoring before: (@Sendable () -> Bool)? = nil) {
    let thread = Syscalls.currentThreadID
    bystanders.withLock { $0[thread] = before }
  }

  /// Whether no other thread can act.
  ///
  /// Reads /proc: for rare occasions. Where that cannot be read, nothing is certain.
  package static func isAloneForGood() -> Bool {
    // Twice: a thread that woke another and went to sleep between two glances has slept once more.
    guard let first = idleThreads(), let second = idleThreads() else { return false }
    return first == second
  }

  /// How often each of the other threads has slept; nil when one is not our own, or is not idle.
  private static func idleThreads() -> [Int32: UInt64]? {
    guard let threads = threadIDs() else { return nil }
    let bystanders = bystanders.withLock { $0 }
    let own = Syscalls.currentThreadID
    var idle: [Int32: UInt64] = [:]
    for thread in threads where thread != own {
      guard let isIdle = bystanders[thread], isIdle(), let sleeps = sleeps(of: thread) else {
        return nil
      }
      idle[thread] = sleeps
    }
    return idle
  }

  private static func threadIDs() -> [Int32]? {
    guard let directory = opendir("/proc/self/task") else { return nil }
    defer { closedir(directory) }
    var threads: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let thread = Int32(name) { threads.append(thread) }
    }
    return threads
  }

  /// How often a thread has given up its processor by itself, proc(5).
  private static func sleeps(of thread: Int32) -> UInt64? {
    let text = ProcessFiles.readText("/proc/self/task/\(thread)/status")
    let line = text?.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0) }
  }

  /// Whether the process has one thread only.
  package static var isAlone: Bool { threadIDs()?.count == 1 }
}
