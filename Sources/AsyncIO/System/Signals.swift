// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The signals of some kinds, as they arrive.
///
/// ```swift
/// for await signal in signals(.hangup, .terminate) {
///   if signal == .terminate { break }
///   reloadSettings()
/// }
/// ```
///
/// Listening begins with this call and ends when the sequence and its iterators are gone; then what was in
/// force before is restored. Any number of listeners may listen for the same signal, and each gets it. Two
/// signals of one kind that arrive before the first was taken are one, as in signal(7).
///
/// While somebody listens for INT or TERM, a ``LoopProgram`` leaves them to the listener: they do not cancel
/// it.
///
/// **Cancellation.** A task that is cancelled gets no more signals: the loop over them ends.
public func signals(_ kinds: UnixSignal...) -> SignalSequence { SignalSequence(Set(kinds)) }

/// The signals of some kinds, as they arrive: ``signals(_:)``.
public struct SignalSequence: AsyncSequence, Sendable {
  private let inbox: SignalInbox

  /// Begins to listen; see ``signals(_:)``.
  public init(_ kinds: Set<UnixSignal>) {
    require(!kinds.isEmpty, "signals: there must be a signal to listen for")
    inbox = SignalInbox(kinds)
  }

  /// Takes the signals that have arrived since the sequence was made.
  ///
  /// Several iterators share them.
  public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

  /// Takes signals one by one.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let inbox: SignalInbox

    /// Waits for a signal; nil when the task is cancelled.
    public mutating func next() async -> UnixSignal? { await inbox.next() }
  }
}

/// What has arrived for one listener.
private final class SignalInbox: Sendable {
  /// Those in the queue.
  private let waiting = Guarded<Set<UnixSignal>>([])
  private let queue = AsyncQueue<UnixSignal>()
  private let loop = EventLoop.ambient
  private let key: Guarded<UInt64?> = Guarded(nil)

  init(_ kinds: Set<UnixSignal>) {
    do {
      let new = try SignalHub.shared.add(Set(kinds.map(\.number)), on: loop) {
        [weak self] number in self?.deliver(number)
      }
      key.withLock { $0 = new }
    } catch {
      // The system knows all signals that there are values for: this is not to be expected.
      Log.error("\(error)")
    }
  }

  deinit {
    if let key = key.withLock({ $0 }) { SignalHub.shared.remove(key) }
  }

  private func deliver(_ number: Int32) {
    guard let signal = UnixSignal(number: number),
      waiting.withLock({ $0.insert(signal).inserted })
    else { return }
    _ = queue.tryPut(signal)
  }

  func next() async -> UnixSignal? {
    // A signal may come at any time: whoever waits for one is not deadlocked.
    loop.pending.begin(.wait)
    defer { loop.pending.end(.wait) }
    guard let signal = try? await queue.get() else { return nil }
    _ = waiting.withLock { $0.remove(signal) }
    return signal
  }
}
