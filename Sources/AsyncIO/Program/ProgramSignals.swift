// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// SIGINT and SIGTERM of a program: the first cancels it, the second ends the process in the signal
/// handler itself, even if the loop hangs.
final class ProgramSignals: Sendable {
  private let key: UInt64
  private let received: Received
  private let watch: ProgramWatch

  private final class Received: Sendable {
    let number = Atomic<Int32>(0)
  }

  init(_ loop: EventLoop, onSignal: @escaping @Sendable () -> Void) throws(EventLoopError) {
    let received = Received()
    self.received = received
    let signals: Set = [Syscalls.interrupt, Syscalls.terminate]
    key = try SignalHub.shared.add(signals, on: loop, isProgram: true) { number in
      _ = received.number.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      if !loop.isEnded { loop.perform(onSignal) }
    }
    watch = ProgramWatch(loop)
    Watchdog.shared.add(
      watch, or: "a program that ignores the signals to end will not be ended")
  }

  /// What is left from now on is named by the end of the run.
  func bodyHasEnded() {
    watch.bodyHasEnded()
    Watchdog.shared.lookNow()
  }

  /// Stops listening and returns the first that came.
  func finish() -> Int32? {
    Watchdog.shared.remove(watch)
    watch.end()
    SignalHub.shared.takeBackWhatNobodyTook()
    SignalHub.shared.dispatch()
    SignalHub.shared.remove(key)
    let number = received.number.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
}
