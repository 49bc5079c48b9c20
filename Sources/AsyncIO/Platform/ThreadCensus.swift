// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// Finds out whether another thread of this process could still wake a loop that has nothing to do.
///
/// A loop whose tasks all wait, with no timer, no descriptor and no call in flight, is deadlocked
/// only if nobody else can act. Go's runtime knows all its threads; ours shares the process with
/// others, so it asks the kernel: a thread that sleeps on a futex without a timeout can be woken by
/// another thread only, and one that waits for a signal by nothing at all. When all the others
/// sleep like that, and none ran between two looks, nobody is left to act. Everything else
/// (running, reading, sleeping on a clock) counts as hope, and so does a /proc that cannot be read.
enum ThreadCensus {
  /// Threads of our own that sleep with a timeout but never act by themselves.
  private static let bystanders = Guarded<Set<Int32>>([])

  static func addBystander() {
    let thread = Syscalls.currentThreadID
    bystanders.withLock { _ = $0.insert(thread) }
  }

  static func removeBystander() {
    let thread = Syscalls.currentThreadID
    bystanders.withLock { _ = $0.remove(thread) }
  }

  /// Whether some thread other than the caller might act.
  ///
  /// Reads /proc: for rare occasions.
  static func someoneMightAct() -> Bool {
    guard let first = sleepers() else { return true }
    guard let second = sleepers() else { return true }
    return first != second
  }

  /// The number of times each other thread went to sleep, or nil when one of them is not asleep for
  /// good.
  private static func sleepers() -> [Int32: UInt64]? {
    guard let threads = threadIDs() else { return nil }
    let ignored = bystanders.withLock { $0 }
    let own = Syscalls.currentThreadID
    var counts: [Int32: UInt64] = [:]
    for thread in threads where thread != own && !ignored.contains(thread) {
      guard let count = sleepCount(of: thread) else { return nil }
      counts[thread] = count
    }
    return counts
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

  /// nil unless the thread is dead, or asleep with nothing but another thread to wake it.
  private static func sleepCount(of thread: Int32) -> UInt64? {
    let path = "/proc/self/task/\(thread)"
    guard let status = readText("\(path)/status") else { return nil }
    let lines = status.split(separator: "\n")
    if lines.contains(where: { $0.hasPrefix("State:") && $0.contains("Z") }) { return 0 }
    guard let call = readText("\(path)/syscall"), sleepsForGood(call) else { return nil }
    let switches = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return switches.flatMap { UInt64($0.split(whereSeparator: \.isWhitespace).last ?? "") }
  }

  /// `text` is a line of /proc/PID/syscall (proc(5)): the call's number, then its arguments.
  private static func sleepsForGood(_ text: String) -> Bool {
    let fields = text.split(separator: " ")
    guard fields.count > 4, let number = Int(fields[0]) else { return false }
    return asyncio_sleeps_for_good(number, fields[4] == "0x0")
  }

  /// Whether the process has one thread only.
  static var isAlone: Bool { threadIDs()?.count == 1 }

  private static func readText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
