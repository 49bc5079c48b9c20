// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

extension EventLoop {
  /// Binds the loop to the calling thread for the duration of `body`.
  func asCurrent<Result>(_ body: () throws -> Result) rethrows -> Result {
    let previous = asyncio_get_thread_loop()
    asyncio_set_thread_loop(UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    defer { asyncio_set_thread_loop(previous) }
    // Asleep for good, it is of no use to others that wait to be called. Not weakly: with a weak reference to it, each
    // reference to the loop takes twice as long to count.
    let before = ThreadCensus.addBystander(isIdle: { [inbox] in inbox.isIdleForGood })
    defer { ThreadCensus.removeBystander(restoring: before) }
    return try body()
  }

  /// Ends all waits and gives back what the loop holds.
  ///
  /// Runs what the ended waits make ready.
  func close() {
    // From now on a descriptor is closed at once.
    ring?.submit()
    endingHook?(.beforeMark)
    hasEnded.store(true, ordering: .sequentiallyConsistent)
    endingHook?(.marked)
    asCurrent {
      for (timer, deadline) in timers.removeAll() { timer.abandon(on: self, deadline: deadline) }
      descriptors.abandonAll(on: self)
      abandonObservers()
      var rounds = 1_000
      while !ready.isEmpty, rounds > 0 {
        runBatch()
        rounds -= 1
      }
      ring?.finish()
    }
    lastFinished = nil
    closeServices()
    endingHook?(.emptied)
    if isTakeover { TakeoverExecutors.detach(self) }
    for item in ready.takeAll() { BackgroundLoop.adopt(item, from: self) }
    forwardLateEntries()
  }

  func forwardLateEntries() {
    for item in inbox.takeAll() { BackgroundLoop.adopt(item, from: self) }
  }

  /// The moments of the end at which tests let other threads act.
  enum EndingStage {
    /// Everything has ended, and nothing says so yet.
    case beforeMark
    /// The loop has ended, and still has its timers and descriptors.
    case marked
    /// Its timers and descriptors are gone, and it has still taken over the process.
    case emptied
  }
}
