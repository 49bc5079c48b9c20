// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

/// Only another thread could wake the program, and there is one: it says so, and goes on to wait.
@Sendable func standstill() {
  runProgram {
    let never = AsyncEvent()
    let gate = DispatchSemaphore(value: 0)
    Thread.detachNewThread { gate.wait() }
    createTask(name: "waiter") { try await never.wait() }
    report("ready")
    try await never.wait()
  }
}

/// Two tasks wait for each other's locks while a third goes on.
@Sendable func circle() {
  runProgram {
    let (one, other) = (AsyncLock(), AsyncLock())
    let ticking = createTask(name: "ticker") {
      var ticks = 0
      while !Task.isCancelled {
        ticks += 1
        try? await sleep(for: .milliseconds(1))
      }
      return ticks
    }
    let first = createTask(name: "first") {
      try await one.withLock {
        try await sleep(for: .milliseconds(5))
        try await other.withLock { report("first has both") }
      }
    }
    let second = createTask(name: "second") {
      try await other.withLock {
        try await sleep(for: .milliseconds(10))
        try await one.withLock { report("second has both") }
      }
    }
    do { try await second.value } catch { report("second:", error) }
    try await first.value
    ticking.cancel()
    report("ticked:", try await ticking.value > 3)
  }
}

/// Another process writes to an eventfd on which a thread waits, after a while: no deadlock.
@Sendable func otherProcess() {
  runProgram {
    let event = AsyncEvent()
    let pipe = Pipe()
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", "sleep 0.4; echo x"]
    child.standardOutput = pipe
    try child.run()
    Thread.detachNewThread {
      _ = pipe.fileHandleForReading.availableData
      event.set()
    }
    try await event.wait()
    report("woken by another process")
  }
}

/// Threads of Dispatch are left: what is certain no more is said all the same.
@Sendable func afterDispatch() {
  runProgram {
    DispatchQueue.global().async {}
    try await sleep(for: .milliseconds(20))
    report("ready")
    try await AsyncEvent().wait()
  }
}

/// A cancelled sleep of the standard library's name leaves nothing that could wake the loop.
@Sendable func sleepLeft() {
  runProgram {
    let sleeper = Task { try await Task.sleep(for: .seconds(1000)) }
    try await sleep(for: .milliseconds(10))
    sleeper.cancel()
    _ = await sleeper.result
    try await AsyncEvent().wait()
  }
}

/// A task that awaits a continuation is not running.
@Sendable func elsewhere() {
  runProgram {
    createTask(name: "elsewhere") {
      let _: Void = await withUnsafeContinuation { _ in }
    }
    try await sleep(for: .milliseconds(1))
    report(EventLoop.current?.tasks.first { $0.name == "elsewhere" }?.description ?? "none")
    try await AsyncEvent().wait()
  }
}

/// With the setting off, nothing is looked for and nothing is said.
@Sendable func undetected() {
  runProgram(.init(detectsDeadlocks: false)) {
    let (one, other) = (AsyncLock(), AsyncLock())
    createTask(name: "first") {
      try await one.withLock {
        try await sleep(for: .milliseconds(5))
        try await other.withLock {}
      }
    }
    createTask(name: "second") {
      try await other.withLock {
        try await sleep(for: .milliseconds(10))
        try await one.withLock {}
      }
    }
    try await sleep(for: .milliseconds(30))
    report("ready")
    try await AsyncEvent().wait()
  }
}

/// Waits of 5 ms for Dispatch, beside so many idle threads; prints the CPU time that they took.
@Sendable func dispatchWaits() {
  let environment = ProcessInfo.processInfo.environment
  let detects = environment["DETECTION"] != "0"
  let idle = Int(environment["IDLE"] ?? "") ?? 0
  let gate = DispatchSemaphore(value: 0)
  for _ in 0..<idle { Thread.detachNewThread { gate.wait() } }
  runProgram(.init(detectsDeadlocks: detects)) {
    func cpu() -> Double {
      var usage = rusage()
      getrusage(RUSAGE_SELF.rawValue, &usage)
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
      return (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1000
    }
    let start = cpu()
    for _ in 0..<400 {
      await withUnsafeContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) {
          continuation.resume()
        }
      }
    }
    report(cpu() - start)
  }
}

/// A scoped loop in a process without any other thread.
@Sendable func scopedAlone() {
  do {
    try EventLoop.run(.init(mode: .scoped)) {
      createTask(name: "waiter") { try await AsyncEvent().wait() }
      try await AsyncEvent().wait()
    }
  } catch let error as DeadlockError {
    report("deadlock:", error.tasks.compactMap(\.name).joined(separator: " "))
  } catch { report(error) }
}

/// A scoped loop whose only hope is a task on the global executor.
@Sendable func scopedBeside() {
  do {
    try EventLoop.run(.init(mode: .scoped)) {
      let event = AsyncEvent()
      Task.detached {
        await standardSleep()
        event.set()
      }
      try await event.wait()
    }
    report("woken")
  } catch { report(error) }
}

private func standardSleep() async {
  try? await ContinuousClock().sleep(until: .now + .milliseconds(700))
}
