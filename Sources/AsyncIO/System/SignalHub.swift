// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Synchronization

/// Hands the process's signals to all who listen.
///
/// The handler in C only notes the signal and writes to the wake-up descriptors of the loops on which
/// somebody listens; the first of them that looks hands it out. A signal's handler is installed with its
/// first listener, and what was in force before is restored with its last.
final class SignalHub: Sendable {
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

    func count(of number: Int32) -> Int {
      listeners.values.count { $0.signals.contains(number) }
    }

    /// Who gets a signal: the program's own handling only stands in where nobody listens.
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
    // The handlers are changed under the lock: what is installed and who listens must not differ.
    let (key, failure) = state.withLock { state -> (UInt64, EventLoopError?) in
      for number in signals.sorted() where state.count(of: number) == 0 {
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
      state.lastKey += 1
      state.listeners[state.lastKey] = listener
      if loop.signalListeners.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue == 0 {
        asyncio_signal_add_wake(loop.backendInUse.wakeDescriptor)
      }
      asyncio_signal_set_ending(state.endingMask)
      return (state.lastKey, nil)
    }
    if let failure { throw failure }
    return key
  }

  func remove(_ key: UInt64) {
    state.withLock { $0.remove(key) }
  }

  /// The loop has ended: whoever listened there hears nothing more.
  func removeAll(of loop: EventLoop) {
    state.withLock { state in
      for (key, listener) in state.listeners where listener.loop === loop { state.remove(key) }
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
    for number in listener.signals where count(of: number) == 0 { asyncio_signal_unwatch(number) }
    let loop = listener.loop
    if loop.signalListeners.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
      asyncio_signal_remove_wake(loop.backendInUse.wakeDescriptor)
    }
    asyncio_signal_set_ending(endingMask)
  }
}
