// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import CWorkloads
import Foundation

actor Counter {
  var count = 0
  func increment() -> UInt {
    count += 1
    return currentThread()
  }
}

@MainActor final class Model {
  var total = 0
  func add() async throws {
    let sums = try await gather([1, 2, 3], limit: 2) { number in
      self.total += number
      try await sleep(for: .milliseconds(1))
      return self.total
    }
    try await withTimeout(.seconds(5)) { self.total += sums.count }
    try await withTaskScope { scope in
      for number in 0..<3 { scope.spawn { self.total += number } }
    }
    createTask { self.total += 1 }
    _ = try await race({ self.total }, { self.total + 1 })
    try await sleep(for: .milliseconds(1))
  }
}

@Sendable func oneThread() {
  runProgram {
    let main = currentThread()
    async let child = currentThread()
    let threads = await [
      Task { currentThread() }.value, Task.detached { currentThread() }.value,
      Counter().increment(), MainActor.run { currentThread() }, child,
      withTaskGroup(of: UInt.self) { group in
        group.addTask { currentThread() }
        return await group.next() ?? 0
      },
    ]
    report("same thread:", threads.allSatisfy { $0 == main })
  }
}

@Sendable func mainActorState() {
  runProgram {
    let model = await MainActor.run { Model() }
    try await model.add()
    report("total:", await model.total)
  }
}

@Sendable func taskSleep() {
  runProgram {
    let start = ContinuousClock.now
    try await Task.sleep(for: .milliseconds(20))
    try await Task.sleep(nanoseconds: 20_000_000)
    try await Task.sleep(until: .now + .milliseconds(20), clock: .suspending)
    report("slept:", start.duration(to: .now) >= .milliseconds(60))
    let task = Task { try await Task.sleep(for: .seconds(3600)) }
    await Task.yield()
    task.cancel()
    report("cancelled:", (try? await task.value) == nil)
  }
}

@Sendable func virtualTime() {
  runProgram(.init(clock: .virtual)) {
    let start = LoopClock.Instant.now
    try await Task.sleep(for: .seconds(3600))
    report("an hour of Task.sleep:", start.duration(to: .now))
    try await sleep(for: .seconds(3600))
    report("and an hour of sleep:", start.duration(to: .now))
  }
}

@Sendable func deadlock() {
  runProgram {
    let queue = AsyncQueue<Int>()
    let lock = AsyncLock()
    try await lock.lock()
    createTask(name: "locker") { try await lock.lock() }
    createTask(name: "getter") {
      do { _ = try await queue.get() } catch { report("getter:", error) }
    }
    _ = try await queue.get()
  }
}

@Sendable func deadlockContinuation() {
  runProgram {
    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
  }
}

@Sendable func twoRuns() {
  do {
    let first = try EventLoop.run { EventLoop.current != nil && Thread.isMainThread }
    Task { report("a task between two runs runs in the second") }
    let second = try EventLoop.run { () -> String in
      await Task.yield()
      return nested()
    }
    report(first, second)
  } catch {
    report(error)
  }
}

private func nested() -> String {
  do {
    return try EventLoop.run { "nested" }
  } catch EventLoopError.alreadyRunning {
    return "already running"
  } catch { return "\(error)" }
}

@Sendable func foreignThread() {
  runProgram {
    let event = AsyncEvent()
    Thread.detachNewThread {
      usleep(300_000)
      event.set()
    }
    try await event.wait()
    report("woken by another thread")
  }
}

@Sendable func takeoverLate() {
  let semaphore = DispatchSemaphore(value: 0)
  Task.detached { semaphore.signal() }
  semaphore.wait()
  do {
    try EventLoop.run(.init(mode: .takeover)) {}
    report("took over")
  } catch {
    report(error)
  }
  do {
    report(try EventLoop.run { "scoped works" })
  } catch {
    report(error)
  }
}

@Sendable func chosenBackend() {
  runProgram(.init(backend: .epoll)) {
    report(EventLoop.current?.backend.rawValue ?? "no loop")
  }
}

/// In a sandbox that forbids io_uring: whatever was asked for, the loop works.
@Sendable func withoutRing() {
  let refusal = workloads_forbid_io_uring()
  guard refusal == 0 else { return report("no sandbox: \(refusal)") }
  runProgram(.init(backend: .ioUring)) {
    report(EventLoop.current?.backend.rawValue ?? "no loop")
    let (one, other) = try UnixStream.pair()
    try await one.write("through the pair")
    report(String(decoding: try await other.read(), as: UTF8.self))
    await one.close()
    await other.close()
    report(try await Files.read("/proc/self/cmdline").isEmpty ? "no file" : "a file")
  }
}

/// Sleeps of plain tasks outlive their run: they go on in the next, and never return early.
@Sendable func sleepsOutlive() {
  let clock = ContinuousClock()
  let start = clock.now
  let log = Reports()
  for run in 0..<2 {
    do {
      try EventLoop.run(.init(mode: .takeover)) {
        guard run == 0 else {
          // The second run waits for what the first has left.
          while log.count < 2 { try await sleep(for: .milliseconds(5)) }
          return
        }
        // By the standard library's own way, and by this package's.
        Task {
          do {
            try await clock.sleep(for: .milliseconds(400))
            log.add("standard: \(start.duration(to: clock.now) >= .milliseconds(400))")
          } catch { log.add("standard: \(error)") }
        }
        Task {
          do {
            try await Task.sleep(for: .milliseconds(400))
            log.add("own: \(start.duration(to: clock.now) >= .milliseconds(400))")
          } catch { log.add("own: \(error)") }
        }
        try await sleep(for: .milliseconds(5))
      }
    } catch { report(error) }
  }
  for line in log.lines.sorted() { report(line) }
}

private final class Reports: @unchecked Sendable {
  // Used on the one thread there is.
  private(set) var lines: [String] = []
  var count: Int { lines.count }
  func add(_ line: String) { lines.append(line) }
}

/// A stock program: without a loop, whose `main` ends the process.
@Sendable func stockProgram() {
  Task {
    createTask(name: "forgotten") { throw Failure(description: "lost error") }
    try? await ContinuousClock().sleep(for: .milliseconds(300))
    let kept = createTask(name: "kept") { throw Failure(description: "kept error") }
    try? await ContinuousClock().sleep(for: .milliseconds(20))
    report("end")
    withExtendedLifetime(kept) { exit(0) }
  }
  dispatchMain()
}
