// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct SemaphoreStateTests {
  private typealias State = AsyncSemaphore.State<Int>

  @Test func `Free permits are taken without a place in line`() {
    var state = State(permits: 2, isBounded: false)
    let ticket = state.acquire(2, 1)
    #expect(ticket == nil)
    #expect(state.permits == 0)
  }

  @Test func `Who finds too few permits gets a place in line and takes none`() {
    var state = State(permits: 1, isBounded: false)
    let ticket = state.acquire(2, 1)
    #expect(ticket != nil)
    #expect(state.permits == 1)
    #expect(state.line.count == 1)
  }

  @Test func `A released permit goes to the first in line`() throws {
    var state = State(permits: 0, isBounded: false)
    for waiter in 1...2 { try Self.wait(&state, 1, waiter) }
    let wakeups = state.release(1)
    #expect(wakeups.map(\.waiter) == [1])
    #expect(state.permits == 0)
  }

  @Test func `Several released permits serve several`() throws {
    var state = State(permits: 0, isBounded: false)
    for waiter in 1...3 { try Self.wait(&state, 1, waiter) }
    let wakeups = state.release(2)
    #expect(wakeups.map(\.waiter) == [1, 2])
    #expect(state.line.count == 1)
  }

  @Test func `A big request holds back the small ones behind it`() throws {
    var state = State(permits: 0, isBounded: false)
    try Self.wait(&state, 2, 1)
    try Self.wait(&state, 1, 2)
    let first = state.release(1)
    #expect(first.isEmpty)
    #expect(state.permits == 1)
    let second = state.release(1)
    #expect(second.map(\.waiter) == [1])
    let third = state.release(1)
    #expect(third.map(\.waiter) == [2])
  }

  @Test func `Nobody overtakes the line, even if permits are free`() throws {
    var state = State(permits: 1, isBounded: false)
    try Self.wait(&state, 2, 1)
    let taken = state.tryAcquire(1)
    #expect(!taken)
  }

  @Test func `When the head leaves, those it held back are served`() throws {
    var state = State(permits: 1, isBounded: false)
    let big = try Self.wait(&state, 2, 1)
    try Self.wait(&state, 1, 2)
    let (own, others) = state.cancel(big)
    #expect(own?.waiter == 1)
    #expect(own?.outcome.isCancelled == true)
    #expect(others.map(\.waiter) == [2])
    #expect(state.permits == 0)
  }

  @Test func `More permits serve the line; fewer are missing until they are released`() throws {
    var state = State(permits: 1, isBounded: true)
    _ = state.acquire(1, 0)
    for waiter in 1...3 { try Self.wait(&state, 1, waiter) }
    let wakeups = state.resize(to: 3)
    #expect(wakeups.map(\.waiter) == [1, 2])
    _ = state.resize(to: 1)
    #expect(state.permits == -2)
    let afterTwo = state.release(2)
    #expect(afterTwo.isEmpty)
    let afterThree = state.release(1)
    #expect(afterThree.map(\.waiter) == [3])
    #expect(state.permits == 0)
  }

  @discardableResult
  private static func wait(
    _ state: inout State, _ count: Int, _ waiter: Int
  ) throws -> State.Line.Ticket {
    let place = state.acquire(count, waiter)
    return try #require(place)
  }
}

@Suite struct LockStateTests {
  private typealias State = AsyncLock.State<Int>

  @Test func `A free lock is taken without a place in line`() {
    var state = State()
    let ticket = state.lock(.none, 0)
    #expect(ticket == nil)
    #expect(state.isLocked)
  }

  @Test func `A lock that nobody waits for becomes free`() {
    var state = State()
    _ = state.lock(.none, 0)
    let wakeup = state.unlock()
    #expect(wakeup == nil)
    #expect(!state.isLocked)
  }

  @Test func `A hand-over never frees the lock`() throws {
    var state = State()
    _ = state.lock(.none, 0)
    try Self.wait(&state, 1)
    let wakeup = state.unlock()
    #expect(wakeup?.waiter == 1)
    #expect(state.isLocked)
    let taken = state.tryLock(.none)
    #expect(!taken)
  }

  @Test func `Who left the line is not handed the lock`() throws {
    var state = State()
    _ = state.lock(.none, 0)
    let ticket = try Self.wait(&state, 1)
    try Self.wait(&state, 2)
    _ = state.line.cancel(ticket)
    let wakeup = state.unlock()
    #expect(wakeup?.waiter == 2)
  }

  @discardableResult
  private static func wait(_ state: inout State, _ waiter: Int) throws -> State.Line.Ticket {
    let place = state.lock(.none, waiter)
    return try #require(place)
  }
}

@Suite struct EventStateTests {
  private typealias State = AsyncEvent.State<Int>

  @Test func `Nobody waits for a set event`() {
    var state = State()
    _ = state.set()
    let ticket = state.wait(1)
    #expect(ticket == nil)
  }

  @Test func `Setting wakes everybody, in order, once`() throws {
    var state = State()
    for waiter in 1...3 { try Self.wait(&state, waiter) }
    let first = state.set()
    #expect(first.map(\.waiter) == [1, 2, 3])
    let second = state.set()
    #expect(second.isEmpty)
    #expect(state.line.isEmpty)
  }

  private static func wait(_ state: inout State, _ waiter: Int) throws {
    let place = state.wait(waiter)
    _ = try #require(place)
  }
}

@Suite struct BarrierStateTests {
  private typealias State = AsyncBarrier.State<Int>

  @Test func `The last party releases the others, who have the places before it`() throws {
    var state = State(parties: 3)
    for waiter in 1...2 { try Self.wait(&state, waiter) }
    let (place, wakeups) = try state.arrive(0)
    #expect(place == nil)
    #expect(wakeups.map(\.waiter) == [1, 2])
    #expect(wakeups.map { Self.position($0.outcome) } == [0, 1])
    #expect(state.line.isEmpty)
  }

  @Test func `A barrier of one holds nobody`() throws {
    var state = State(parties: 1)
    let (place, wakeups) = try state.arrive(0)
    #expect(place == nil)
    #expect(wakeups.isEmpty)
  }

  @Test func `Who leaves is replaced by the next who comes`() throws {
    var state = State(parties: 2)
    let ticket = try Self.wait(&state, 1)
    _ = state.line.cancel(ticket)
    try Self.wait(&state, 2)
    let (place, wakeups) = try state.arrive(0)
    #expect(place == nil)
    #expect(wakeups.map(\.waiter) == [2])
  }

  @Test func `A reset breaks who waits and nobody else`() throws {
    var state = State(parties: 2)
    try Self.wait(&state, 1)
    let wakeups = state.breakGeneration(stayBroken: false)
    #expect(wakeups.map(\.waiter) == [1])
    #expect(wakeups.map { Self.position($0.outcome) } == [nil])
    try Self.wait(&state, 2)
    #expect(state.line.count == 1)
  }

  @Test func `An aborted barrier refuses who comes later, until it is reset`() throws {
    var state = State(parties: 2)
    _ = state.breakGeneration(stayBroken: true)
    do {
      _ = try state.arrive(0)
      Issue.record("the barrier let somebody in")
    } catch { #expect(error is BrokenBarrierError) }
    _ = state.breakGeneration(stayBroken: false)
    #expect(!state.isBroken)
    try Self.wait(&state, 1)
  }

  @discardableResult
  private static func wait(_ state: inout State, _ waiter: Int) throws -> State.Line.Ticket {
    let (place, _) = try state.arrive(waiter)
    return try #require(place)
  }

  private static func position(_ outcome: Outcome<AsyncBarrier.Arrival>) -> Int? {
    if case .granted(.released(let position)) = outcome { position } else { nil }
  }
}
