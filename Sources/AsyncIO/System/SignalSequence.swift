// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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
    // A signal may come at any time: a task that waits for one is not deadlocked.
    loop.pending.begin(.wait)
    defer { loop.pending.end(.wait) }
    guard let signal = try? await queue.get() else { return nil }
    _ = waiting.withLock { $0.remove(signal) }
    return signal
  }
}
