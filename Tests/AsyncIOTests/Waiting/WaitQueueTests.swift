// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct WaitQueueTests {
  private typealias Line = WaitQueue<Void, Int, Int>

  @Test func `An empty line has nobody to serve`() {
    var line = Line()
    let wakeup = line.grantFirst(1)
    #expect(wakeup == nil)
    #expect(line.isEmpty)
    #expect(line.firstRequest == nil)
  }

  @Test func `The first who came is the first who is served`() throws {
    var line = Line()
    for waiter in 1...3 { Self.join(&line, waiter) }
    #expect(line.count == 3)
    for waiter in 1...3 {
      let served = line.grantFirst(waiter * 10)
      let wakeup = try #require(served)
      #expect(wakeup.waiter == waiter)
      #expect(wakeup.outcome.grant == waiter * 10)
    }
    #expect(line.isEmpty)
  }

  @Test func `A place counts until it is served`() {
    var line = Line()
    let ticket = line.enter((), 1)
    #expect(line.count == 1)
    #expect(line.isWaiting(ticket))
    _ = line.grantFirst(7)
    #expect(line.isEmpty)
    #expect(!line.isWaiting(ticket))
  }

  @Test func `A waiter that is cancelled is handed out without a grant`() throws {
    var line = Line()
    let ticket = Self.join(&line, 1)
    let cancelled = line.cancel(ticket)
    let wakeup = try #require(cancelled)
    #expect(wakeup.waiter == 1)
    #expect(wakeup.outcome.isCancelled)
    #expect(line.isEmpty)
    #expect(!line.isWaiting(ticket))
  }

  @Test func `Cancelling a served place does nothing`() {
    var line = Line()
    let ticket = Self.join(&line, 1)
    _ = line.grantFirst(7)
    let wakeup = line.cancel(ticket)
    #expect(wakeup == nil)
    #expect(line.isEmpty)
  }

  @Test func `Cancelling twice does nothing the second time`() {
    var line = Line()
    let ticket = Self.join(&line, 1)
    _ = line.cancel(ticket)
    let wakeup = line.cancel(ticket)
    #expect(wakeup == nil)
    #expect(line.isEmpty)
  }

  @Test func `An old ticket does not reach who took the place after it`() {
    var line = Line()
    let old = Self.join(&line, 1)
    _ = line.grantFirst(7)
    let new = Self.join(&line, 2)
    #expect(old != new)
    let wakeup = line.cancel(old)
    #expect(wakeup == nil)
    #expect(line.isWaiting(new))
    #expect(line.count == 1)
  }

  @Test(arguments: 0..<4)
  func `Leaving from anywhere keeps the order of the others`(leaver: Int) {
    var line = Line()
    let tickets = (0..<4).map { Self.join(&line, $0) }
    _ = line.cancel(tickets[leaver])
    #expect(line.count == 3)
    let left = Self.drain(&line)
    #expect(left == (0..<4).filter { $0 != leaver })
  }

  @Test(arguments: 0..<16)
  func `Every set of leavers leaves the others in order`(leavers: Int) {
    var line = Line()
    let tickets = (0..<4).map { Self.join(&line, $0) }
    for waiter in 0..<4 where leavers & (1 << waiter) != 0 { _ = line.cancel(tickets[waiter]) }
    Self.join(&line, 4)
    let left = Self.drain(&line)
    #expect(left == (0..<4).filter { leavers & (1 << $0) == 0 } + [4])
  }

  @Test func `The request of the first in line can be seen`() {
    var line = WaitQueue<Int, Void, Int>()
    let first = line.enter(5, 1)
    _ = line.enter(3, 2)
    #expect(line.firstRequest == 5)
    _ = line.cancel(first)
    #expect(line.firstRequest == 3)
  }

  @Test func `Everybody is served in order by one grant for all`() {
    var line = Line()
    for waiter in 1...3 { Self.join(&line, waiter) }
    let wakeups = line.grantAll(9)
    #expect(wakeups.map(\.waiter) == [1, 2, 3])
    #expect(wakeups.map(\.outcome.grant) == [9, 9, 9])
    #expect(line.isEmpty)
  }

  @Test func `B27 Coming and leaving again and again takes no more memory`() {
    var line = Line()
    for waiter in 0..<1_000 {
      let ticket = Self.join(&line, waiter)
      _ = line.cancel(ticket)
    }
    #expect(line.places.placeCount == 1)
  }

  @Test func `Random entries, grants and cancellations agree with a plain list`() {
    var random = SplitMix64(seed: 1)
    var line = Line()
    var model: [(waiter: Int, ticket: Line.Ticket)] = []
    for waiter in 0..<2_000 {
      switch random.next(below: 4) {
      case 0, 1: model.append((waiter, Self.join(&line, waiter)))
      case 2:
        let wakeup = line.grantFirst(0)
        let expected = model.isEmpty ? nil : model.removeFirst().waiter
        #expect(wakeup?.waiter == expected)
      default:
        guard !model.isEmpty else { continue }
        let (leaver, ticket) = model.remove(at: random.next(below: model.count))
        let wakeup = line.cancel(ticket)
        #expect(wakeup?.waiter == leaver)
      }
      #expect(line.count == model.count)
    }
    let left = Self.drain(&line)
    #expect(left == model.map(\.waiter))
  }

  @discardableResult
  private static func join(_ line: inout Line, _ waiter: Int) -> Line.Ticket {
    line.enter((), waiter)
  }

  private static func drain(_ line: inout Line) -> [Int] { line.grantAll(0).map(\.waiter) }

}
