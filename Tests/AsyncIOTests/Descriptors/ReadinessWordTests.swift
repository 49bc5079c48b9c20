// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct ReadinessWordTests {
  @Test func `A wait begins once; a second task is told that the direction is busy`() {
    var word = ReadinessWord(isReady: false)
    #expect(word.beginWait() == .waiting(mustAsk: true))
    #expect(word.beginWait() == .busy)
  }

  @Test func `There is no wait while a call is worth trying`() {
    var word = ReadinessWord(isReady: true)
    #expect(word.beginWait() == .ready)
    #expect(!word.isWaiting)
  }

  @Test func `A report ends the wait that is under way, and only one`() {
    var word = ReadinessWord(isReady: false)
    _ = word.beginWait()
    let wasAwaited = word.recordReport(isFinal: false)
    #expect(wasAwaited)
    let isStillAwaited = word.recordReport(isFinal: false)
    #expect(!isStillAwaited)
    #expect(word.isReady)
  }

  @Test
  func `B78: A report between a call that would have blocked and the note of that is not lost`() {
    var word = ReadinessWord(isReady: true)
    let seen = word
    _ = word.recordReport(isFinal: false)
    word.clearReadiness(ifUnchangedSince: seen)
    #expect(word.isReady)
    word.clearReadiness(ifUnchangedSince: word)
    #expect(!word.isReady)
  }

  @Test func `The end of the stream stays known when readiness is cleared`() {
    var word = ReadinessWord(isReady: false)
    _ = word.recordReport(isFinal: true)
    #expect(word.isReady && word.isFinal)
    word.clearReadiness(ifUnchangedSince: word)
    #expect(word.isFinal)
  }

  @Test func `A wait is claimed by one thread only`() {
    var word = ReadinessWord(isReady: false)
    _ = word.beginWait()
    let first = word.claimWait()
    let second = word.claimWait()
    #expect(first && !second)
    let isAwaited = word.recordReport(isFinal: false)
    #expect(!isAwaited)
  }

  @Test(arguments: [OneShot.Signal.closed, .ended])
  func `After the end no wait begins, ready or not`(signal: OneShot.Signal) {
    var word = ReadinessWord(isReady: false)
    _ = word.beginWait()
    let wasAwaited = word.end(signal)
    #expect(wasAwaited)
    #expect(word.beginWait() == .over(signal))
    _ = word.recordReport(isFinal: false)
    #expect(word.beginWait() == .over(signal))
  }

  @Test func `A descriptor that was closed is closed, though its loop ends as well`() {
    var word = ReadinessWord(isReady: false)
    _ = word.end(.ended)
    _ = word.end(.closed)
    #expect(word.beginWait() == .over(.closed))
  }

  @Test func `The source is asked once until it has answered`() {
    var word = ReadinessWord(isReady: false)
    _ = word.beginWait()
    _ = word.claimWait()
    #expect(word.beginWait() == .waiting(mustAsk: false))
    // A task waits: it is asked again.
    let mustAskAgain = word.recordAnswer()
    #expect(mustAskAgain)
    _ = word.claimWait()
    let mustAskNow = word.recordAnswer()
    #expect(!mustAskNow)
    #expect(word.beginWait() == .waiting(mustAsk: true))
  }
}
