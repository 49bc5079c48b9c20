// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO

/// Hands the process's signals to all listeners.
///
/// The handler in C only notes the signal and writes to the wake-up descriptors of the loops on which
/// somebody listens; the first of them that looks hands it out. A signal's handler is installed with its
/// first listener, and what was in force before is restored with its last. Other code (libdispatch above all) may put a
/// handler of its own there meanwhile: then ours is put back in front of it, and calls it.
final class SignalHub: WatchdogDuty {
  static let shared = SignalHub()

  fileprivate struct Listener {
    let signals: Set<Int32>
    let loop: EventLoop
    let isProgram: Bool
    let deliver: @Sendable (Int32) -> Void
  }

  fileprivate struct State {
    var listeners: [UInt64: Listener] = [:]
    var lastKey: UInt64 = 0
    /// When to look for readers of signals again: soon after other code has taken one, then ever more rarely.
    var readerPause = shortestReaderPause
    var nextReaderLook: Int64 = 0

    static let shortestReaderPause: Int64 = 20_000_000
    static let longestReaderPause: Int64 = 60_000_000_000

    mutating func takesReaderLook(at now: Int64) -> (isDue: Bool, next: Int64) {
      guard now >= nextReaderLook else { return (false, nextReaderLook) }
      nextReaderLook = now + readerPause
      readerPause = min(readerPause * 2, Self.longestReaderPause)
      return (true, nextReaderLook)
    }

    func count(of number: Int32) -> Int {
      listeners.values.count { $0.signals.contains(number) }
    }

    /// The listeners of a signal: the program's own handling only if there is no other.
    func receivers(of number: Int32) -> [Listener] {
      let all = listeners.sorted { $0.key < $1.key }.map(\.value)
        .filter { $0.signals.contains(number) }
      let others = all.filter { !$0.isProgram }
      return others.isEmpty ? all : others
    }

    /// The signals of which a second one ends the process.
    var endingMask: UInt64 {
      listeners.values.filter(\.isProgram).flatMap(\.signals).reduce(0) { mask, number in
        let isTaken = listeners.values.contains { !$0.isProgram && $0.signals.contains(number) }
        return isTaken ? mask : mask | 1 << UInt64(number - 1)
      }
    }
  }

  private let state = Guarded(State())

  /// Listens for signals until `remove`.
  ///
  /// `deliver` is called on the thread of any loop, and must not block.
  func add(
    _ signals: Set<Int32>, on loop: EventLoop, isProgram: Bool = false,
    deliver: @escaping @Sendable (Int32) -> Void
  ) throws(EventLoopError) -> UInt64 {
    let listener = Listener(signals: signals, loop: loop, isProgram: isProgram, deliver: deliver)
    // The listeners of a loop are removed when it ends.
    _ = loop.service(SignalListeners.self)
    // The handlers are changed under the lock: what is installed and the list of listeners must not differ.
    let (key, failure) = state.withLock { state -> (UInt64, EventLoopError?) in
      for number in signals.sorted() {
        // Also for a later listener: other code may have taken the signal away since.
        guard state.count(of: number) == 0 else {
          _ = asyncio_signal_reassert(number)
          continue
        }
        let status = asyncio_signal_watch(number)
        guard status != 0 else { continue }
        for earlier in signals where earlier < number && state.count(of: earlier) == 0 {
          asyncio_signal_unwatch(earlier)
        }
        let cause = SystemError(call: "sigaction", errno: status)
        return (
          0,
          EventLoopError(.system, "cannot listen for \(SignalNumbers.name(number))", cause: cause)
        )
      }
      if isProgram { asyncio_signal_forget_program() }
      state.nextReaderLook = 0
      state.readerPause = State.shortestReaderPause
      state.lastKey += 1
      state.listeners[state.lastKey] = listener
      if loop.signalDispatch.addListener({ SignalHub.shared.dispatch() }) {
        asyncio_signal_add_wake(loop.backendInUse.wakeDescriptor)
      }
      asyncio_signal_set_ending(state.endingMask)
      return (state.lastKey, nil)
    }
    if let failure { throw failure }
    // One that has ended meanwhile has not removed this listener, and never will.
    if loop.isEnded { removeAll(of: ObjectIdentifier(loop)) }
    unblock(signals, on: loop, isProgram: isProgram)
    Watchdog.shared.add(self, or: "signals that other code takes over will not be taken back")
    return key
  }

  /// Whether signals to end are a program's.
  var hasProgram: Bool { state.withLock { $0.listeners.values.contains(where: \.isProgram) } }

  /// Whether a task listens for a signal: then other code may put a handler of its own in the place of ours.
  var wantsRounds: Bool { state.withLock { !$0.listeners.isEmpty } }

  /// Lets the signals reach the loop's thread: the process that has started this one, or other code, may have blocked them.
  private func unblock(_ signals: Set<Int32>, on loop: EventLoop, isProgram: Bool) {
    // A program's loop runs on the calling thread, soon.
    if isProgram || loop.isCurrent {
      for number in signals { asyncio_signal_unblock(number) }
    } else {
      loop.onLoop { _ in
        for number in signals { asyncio_signal_unblock(number) }
      }
    }
  }

  /// Puts the handlers back that other code has replaced, and sees to it that they get the signals; the time until that has
  /// to be looked after again, nil while no other code is involved.
  ///
  /// On the watch thread.
  func look() -> Int64? {
    guard wantsRounds else { return nil }
    let signals = state.withLock { state in
      let signals = Set(state.listeners.values.flatMap(\.signals))
      for number in signals where asyncio_signal_reassert(number) {
        state.readerPause = State.shortestReaderPause
        state.nextReaderLook = 0
      }
      return signals
    }
    let forwarded = asyncio_signal_forwarded()
    guard forwarded != 0 else { return nil }
    let now = Syscalls.bootTime()
    let (isDue, next) = state.withLock { $0.takesReaderLook(at: now) }
    if isDue {
      let readers = SignalReaders.all() ?? []
      for number in signals where forwarded & 1 << UInt64(number - 1) != 0 {
        redirect(number, readers)
      }
    }
    return max(0, next - now)
  }

  private func redirect(_ number: Int32, _ readers: [SignalReaders.Reader]) {
    // libdispatch has a descriptor for each signal; one for several is somebody else's.
    for reader in readers where reader.reads(number) && reader.mask.nonzeroBitCount == 1 {
      _ = asyncio_signal_redirect(reader.descriptor, reader.mask, number)
    }
  }

  /// Signals to end that were handed on to other code are the program's if that does not listen any more.
  ///
  /// Reads /proc: for the rare occasion of such a signal.
  func takeBackWhatNobodyTook() {
    let signals = asyncio_signal_take_handed_on()
    guard signals != 0 else { return }
    for number in Int32(1)...64 where signals & 1 << UInt64(number - 1) != 0 {
      // A handler that has never had a reader answers the signal itself.
      let standIn = asyncio_signal_stand_in(number)
      guard standIn != 0, let readers = SignalReaders.all() else { continue }
      // One that was made since reads what was meant for the one before.
      redirect(number, readers)
      let isRead = readers.contains { $0.reads(number) || $0.reads(standIn) }
      if !isRead { asyncio_signal_take_back(number) }
    }
  }

  func remove(_ key: UInt64) {
    state.withLock { $0.remove(key) }
  }

  /// The loop has ended: the listeners there hear nothing more.
  fileprivate func removeAll(of loop: ObjectIdentifier) {
    state.withLock { state in
      for (key, listener) in state.listeners where ObjectIdentifier(listener.loop) == loop {
        state.remove(key)
      }
    }
  }

  /// Hands out what has arrived.
  func dispatch() {
    let pending = asyncio_signal_take_pending()
    guard pending != 0 else { return }
    for number in Int32(1)...64 where pending & 1 << UInt64(number - 1) != 0 {
      for listener in state.withLock({ $0.receivers(of: number) }) { listener.deliver(number) }
    }
  }
}

extension SignalHub.State {
  fileprivate mutating func remove(_ key: UInt64) {
    guard let listener = listeners.removeValue(forKey: key) else { return }
    if listener.isProgram { asyncio_signal_forget_program() }
    for number in listener.signals where count(of: number) == 0 {
      asyncio_signal_unwatch(number)
      let standIn = asyncio_signal_stand_in(number)
      guard standIn != 0 else { continue }
      for reader in SignalReaders.all() ?? [] where reader.reads(standIn) {
        asyncio_signal_redirect_back(reader.descriptor, reader.mask, number)
      }
    }
    let loop = listener.loop
    if loop.signalDispatch.removeListener() {
      asyncio_signal_remove_wake(loop.backendInUse.wakeDescriptor)
    }
    asyncio_signal_set_ending(endingMask)
  }
}

/// The listeners of one loop, which go with it.
private final class SignalListeners: LoopService {
  private let loop: ObjectIdentifier

  init(of loop: EventLoop) { self.loop = ObjectIdentifier(loop) }

  func close() { SignalHub.shared.removeAll(of: loop) }
}
