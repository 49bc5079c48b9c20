// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Glibc

/// The loop itself: its timers, its inbox, its descriptors, and several of it.
///
/// Each begins to measure when what it needs is there.
enum LoopBenches {
  /// `count` times: a timer is armed and taken back, while a million others are armed.
  static func timers(_ count: Int) throws -> Measurement {
    guard let loop = EventLoop.current else { preconditionFailure("no loop") }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<1_000_000 {
      loop.schedule(after: .seconds(Int.random(in: 3_600...7_200, using: &generator))) {}
    }
    let measurement = Measurement()
    for index in 0..<count {
      loop.schedule(after: .seconds(3_600 + index % 3_600)) {}.cancel()
    }
    return measurement
  }

  /// The same, with no other.
  static func timer(_ count: Int) {
    guard let loop = EventLoop.current else { preconditionFailure("no loop") }
    for index in 0..<count { loop.schedule(after: .seconds(3_600 + index % 3_600)) {}.cancel() }
  }

  /// Another thread schedules `count` callbacks, each a closure with a value of its own.
  static func schedule(_ count: Int) async throws -> Measurement {
    let done = AsyncEvent()
    Self.done = done
    return try await schedule(count, until: done) { loop, index in
      loop.schedule { if index == count { Self.done?.set() } }
    }
  }

  /// Nothing but the loop's thread touches it meanwhile: a closure that captured it would have both threads
  /// count references to it.
  nonisolated(unsafe) private static var done: AsyncEvent?

  /// The same with closures that capture two objects, which both threads then count references to.
  static func scheduleSharing(_ count: Int) async throws -> Measurement {
    let (done, counter) = (AsyncEvent(), Counter())
    return try await schedule(count, until: done) { loop, _ in
      loop.schedule { if counter.add() == count { done.set() } }
    }
  }

  @inline(__always)
  private static func schedule(
    _ count: Int, until done: AsyncEvent,
    _ schedule: @escaping @Sendable (EventLoop, _ index: Int) -> Void
  ) async throws -> Measurement {
    guard let loop = EventLoop.current else { preconditionFailure("no loop") }
    let measurement = Measurement()
    let hold = loop.hold()
    let sender = Task.detached { @concurrent in
      try await runBlocking {
        for index in 1...count { schedule(loop, index) }
      }
    }
    try await done.wait()
    hold.release()
    try await sender.value
    return measurement
  }

  /// Touched by the loop's thread only.
  private final class Counter: @unchecked Sendable {
    private var value = 0
    func add() -> Int {
      value += 1
      return value
    }
  }

  /// The processor time of a loop with so many idle connections, in two seconds.
  static func connections(_ count: Int) async throws -> Double {
    let pairs = try (0..<count).map { _ in try UnixStream.pair() }
    return try await withTaskScope { scope in
      for pair in pairs { scope.spawn { _ = try await pair.0.read() } }
      try await sleep(for: .milliseconds(200))
      let before = Process.cpuSeconds
      try await sleep(for: .seconds(2))
      defer { scope.cancel() }
      return Process.cpuSeconds - before
    }
  }

  /// `count` blocks of 64 KiB are hashed on so many loops.
  static func hash(_ count: Int, loops: Int) async throws -> Measurement {
    let pool = try LoopPool(
      loops: .count(loops), configuration: .init(name: "hash", slowStepThreshold: .zero))
    let block = [UInt8](repeating: 7, count: 65_536)
    let measurement = Measurement()
    let hashes = try await pool.spread(0..<count) { index in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(index)
      for byte in block { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return hash
    }
    expect(hashes.count, count)
    await pool.close()
    return measurement
  }
}
