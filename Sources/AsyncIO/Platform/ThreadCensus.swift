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
  private static let bystanders = Guarded<[Int32: @Sendable () -> Bool]>([:])

  /// Says that the calling thread only acts when it is called, as long as `isIdle` holds.
  static func addBystander(isIdle: @escaping @Sendable () -> Bool = { true }) {
    let thread = Syscalls.currentThreadID
    bystanders.withLock { $0[thread] = isIdle }
  }

  static func removeBystander() {
    let thread = Syscalls.currentThreadID
    _ = bystanders.withLock { $0.removeValue(forKey: thread) }
  }

  /// What the other threads could still do.
  enum Finding {
    /// None can act: all wait for one another.
    case nobody
    /// None does anything but wait with a time limit, or for a timer of dispatch.
    case timedWaits
    /// Some thread runs, reads, or sleeps on a clock.
    case somebody
  }

  private enum Activity: Equatable {
    case asleepForGood(timesSlept: UInt64)
    case timedWait
    case active
  }

  /// Looks at the other threads of the process.
  ///
  /// Reads /proc: for rare occasions.
  static func look() -> Finding {
    guard let first = activities(), let second = activities() else { return .somebody }
    if first.values.contains(.active) || second.values.contains(.active) { return .somebody }
    if second.values.contains(.timedWait) { return .timedWaits }
    // One that woke another and went to sleep again between the two looks has slept once more.
    return first == second ? .nobody : .somebody
  }

  private static func activities() -> [Int32: Activity]? {
    guard let threads = threadIDs() else { return nil }
    let bystanders = bystanders.withLock { $0 }
    let own = Syscalls.currentThreadID
    var activities: [Int32: Activity] = [:]
    for thread in threads where thread != own {
      if let isIdle = bystanders[thread] {
        if !isIdle() { activities[thread] = .active }
      } else {
        activities[thread] = activity(of: thread)
      }
    }
    return activities
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

  private static func activity(of thread: Int32) -> Activity {
    let path = "/proc/self/task/\(thread)"
    guard let status = readText("\(path)/status") else { return .active }
    let lines = status.split(separator: "\n")
    if lines.contains(where: { $0.hasPrefix("State:") && $0.contains("Z") }) {
      return .asleepForGood(timesSlept: 0)
    }
    let switches = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
    guard let call = readText("\(path)/syscall"),
      let count = switches.flatMap({ UInt64($0.split(whereSeparator: \.isWhitespace).last ?? "") })
    else { return .active }
    return activity(inCall: call, timesSlept: count)
  }

  /// `text` is a line of /proc/PID/syscall (proc(5)): the call's number, then its arguments.
  private static func activity(inCall text: String, timesSlept: UInt64) -> Activity {
    let fields = text.split(separator: " ")
    guard fields.count > 4, let number = Int(fields[0]) else { return .active }
    switch asyncio_classify_call(number) {
    case ASYNCIO_CALL_FUTEX:
      return fields[4] == "0x0" ? .asleepForGood(timesSlept: timesSlept) : .timedWait
    case ASYNCIO_CALL_SIGSUSPEND:
      return .asleepForGood(timesSlept: timesSlept)
    case ASYNCIO_CALL_EPOLL:
      guard let timeout = UInt64(fields[4].dropFirst(2), radix: 16),
        let epoll = Int(fields[1].dropFirst(2), radix: 16),
        UInt32(truncatingIfNeeded: timeout) == .max
      else { return .active }
      return activity(ofEpoll: epoll, timesSlept: timesSlept)
    default: return .active
    }
  }

  /// An epoll that watches nothing but what other threads of the process write to, and timers: that
  /// of dispatch's manager thread.
  private static func activity(ofEpoll epoll: Int, timesSlept: UInt64) -> Activity {
    guard let text = readText("/proc/self/fdinfo/\(epoll)") else { return .active }
    var activity = Activity.asleepForGood(timesSlept: timesSlept)
    for line in text.split(separator: "\n") where line.hasPrefix("tfd:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      let target = words.count > 1 ? readText("/proc/self/fdinfo/\(words[1])") : nil
      guard let target else { return .active }
      if target.contains("eventfd-count:") || target.contains("it_value: (0, 0)") { continue }
      guard target.contains("it_value:") else { return .active }
      activity = .timedWait
    }
    return activity
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
