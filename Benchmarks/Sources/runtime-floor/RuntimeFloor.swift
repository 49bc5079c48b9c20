// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency
import Glibc

// What Swift's runtime itself costs: the smallest executor there can be, a ring of jobs on one thread,
// and nothing of this package. No loop on this runtime can be faster.

/// The jobs that are ready, in a ring.
nonisolated(unsafe) private let ring = UnsafeMutablePointer<UnownedJob?>.allocate(capacity: 1 << 21)
nonisolated(unsafe) private var head = 0
nonisolated(unsafe) private var tail = 0

private func push(_ job: UnownedJob) {
  ring[tail & (1 << 21 - 1)] = job
  tail &+= 1
}

private final class DefaultExecutor: TaskExecutor, SchedulingExecutor {
  func enqueue(_ job: consuming ExecutorJob) { push(UnownedJob(job)) }

  func enqueue<C: Clock>(
    _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
  ) { fatalError("no benchmark sleeps") }

  func enqueue<C: Clock>(
    _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
  ) { fatalError("no benchmark sleeps") }
}

private final class MainThreadExecutor: MainExecutor, SchedulingExecutor {
  var isMainExecutor: Bool { true }
  func run() throws {}
  func stop() {}
  func checkIsolated() {}
  func enqueue(_ job: consuming ExecutorJob) { push(UnownedJob(job)) }
  func isSameExclusiveExecutionContext(other: MainThreadExecutor) -> Bool { true }

  func enqueue<C: Clock>(
    _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
  ) { fatalError("no benchmark sleeps") }

  func enqueue<C: Clock>(
    _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
  ) { fatalError("no benchmark sleeps") }
}

private let standard = DefaultExecutor()
private let mainThread = MainThreadExecutor()

private struct Factory: ExecutorFactory {
  static var mainExecutor: any MainExecutor { mainThread }
  static var defaultExecutor: any TaskExecutor { standard }
}

/// The two ends of a ping-pong, without a queue, a lock or a cancellation handler.
nonisolated(unsafe) private var waiting: UnsafeContinuation<Void, Never>?

private func pass() async {
  await withUnsafeContinuation { continuation in
    let other = waiting
    waiting = continuation
    other?.resume()
  }
}

private func run(_ bench: String, _ count: Int) async {
  switch bench {
  case "spawn":
    var tasks: [Task<Int, Never>] = []
    tasks.reserveCapacity(count)
    for index in 0..<count { tasks.append(Task { index }) }
    var sum = 0
    for task in tasks { sum += await task.value }
    precondition(sum == count * (count - 1) / 2)
  case "yield1":
    for _ in 0..<count { await Task.yield() }
  case "yield100":
    var tasks: [Task<Void, Never>] = []
    for _ in 0..<100 { tasks.append(Task { for _ in 0..<count / 100 { await Task.yield() } }) }
    for task in tasks { await task.value }
  case "pingpong":
    let other = Task { for _ in 0..<count / 2 { await pass() } }
    for _ in 0..<count / 2 { await pass() }
    waiting?.resume()
    waiting = nil
    await other.value
  case "gather":
    for _ in 0..<count {
      var tasks: [Task<Int, Never>] = []
      for index in 0..<10 {
        tasks.append(
          Task {
            await Task.yield()
            return index
          })
      }
      var sum = 0
      for task in tasks { sum += await task.value }
      precondition(sum == 45)
    }
  case "timeout":
    // What a timeout cannot do without: a child to cancel, and a yield in it.
    for _ in 0..<count {
      async let body: Void = Task.yield()
      await body
    }
  default: fatalError("there is no benchmark \"\(bench)\"")
  }
}

@main enum RuntimeFloor {
  static func main() {
    guard CommandLine.arguments.count >= 3, let count = Int(CommandLine.arguments[2]), count > 0
    else {
      print("usage: runtime-floor spawn|yield1|yield100|pingpong|gather|timeout N")
      exit(2)
    }
    let bench = CommandLine.arguments[1]
    _createExecutors(factory: Factory.self)
    let isDone = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    isDone.initialize(to: false)
    nonisolated(unsafe) let done = isDone
    let start = ContinuousClock.now
    Task.detached {
      await run(bench, count)
      done.pointee = true
    }
    let reference = standard.asUnownedTaskExecutor()
    while !done.pointee {
      guard head != tail, let job = ring[head & (1 << 21 - 1)] else { fatalError("stuck") }
      head &+= 1
      job.runSynchronously(on: reference)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    let cpu = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    print(
      "{\"peer\":\"runtime\",\"bench\":\"\(bench)\",\"n\":\(count),\"seconds\":\(seconds),"
        + "\"per_op_ns\":\(seconds * 1e9 / Double(count)),\"cpu_s\":\(cpu)}"
    )
  }
}
