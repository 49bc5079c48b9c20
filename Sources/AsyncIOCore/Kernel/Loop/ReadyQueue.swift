// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import DequeModule

/// What is ready to run, in the order it became so, or in a seeded order.
package struct ReadyQueue {
  private var entries = Deque<ReadyEntry>()
  /// Those that the entries of the kind `scheduled` stand for, in the same order: they take no object each.
  private var callbacks = Deque<ScheduledCallback>()
  private var generator: SplitMix64?
  /// What the inbox is emptied into.
  private var mail: Deque<InboxItem> = []

  /// When more came at once, the memory for it is given back, that of the queue as soon as it is empty.
  private static let usualItemCount = 4096
  private(set) var isSwollen = false

  init(order: EventLoop.Order) {
    if case .seeded(let seed) = order { generator = SplitMix64(seed: seed) }
  }

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }

  /// The tasks whose jobs are in the queue; nil if that is not known.
  var taskIdentities: Set<UInt>? {
    var identities: Set<UInt> = []
    for entry in entries where entry.kind == .task || entry.kind == .main {
      guard let identity = entry.taskIdentity else { return nil }
      identities.insert(identity)
    }
    return identities
  }

  @inline(__always)
  mutating func append(_ entry: ReadyEntry) { entries.append(entry) }

  mutating func append(_ callback: consuming ScheduledCallback) {
    if generator == nil {
      entries.append(.scheduled)
      callbacks.append(callback)
    } else {
      // Drawn from the middle, it has to be found.
      entries.append(ReadyEntry(callback: DrawnStep(callback)))
    }
  }

  /// Takes over what other threads have sent, and returns how much that was.
  mutating func append(from inbox: Inbox) -> Int {
    inbox.exchange(&mail)
    let count = mail.count
    while let item = mail.popFirst() {
      switch consume item {
      case .entry(let entry): append(entry)
      case .callback(let callback): append(callback)
      }
    }
    if count > Self.usualItemCount {
      mail = []
      isSwollen = true
    }
    return count
  }

  /// Gives back the memory that a burst has taken, once it is over.
  mutating func shrink() {
    guard isSwollen, entries.isEmpty else { return }
    entries = Deque()
    callbacks = Deque()
    isSwollen = false
  }

  @inline(__always)
  mutating func popNext() -> ReadyEntry? {
    if generator != nil { return popRandom() }
    if entries.count > 2 { Prefetch.object(at: UInt64(entries[2].address)) }
    return entries.popFirst()
  }

  /// Takes back what was added last.
  mutating func popLast() -> ReadyEntry? { entries.popLast() }

  /// The callback of the entry of the kind `scheduled` that was just popped.
  mutating func popCallback() -> ScheduledCallback { callbacks.removeFirst() }

  /// Takes out all that is left.
  mutating func takeAll() -> [InboxItem] {
    var all: [InboxItem] = []
    while let entry = popNext() {
      switch entry.kind {
      case .task, .main: all.append(.entry(entry))
      case .scheduled: all.append(.callback(popCallback()))
      case .callback: all.append(Self.mail(entry.takeCallback()))
      }
    }
    return all
  }

  private static func mail(_ callback: LoopStep) -> InboxItem {
    (callback as? DrawnStep).map { .callback($0.callback) }
      ?? .entry(ReadyEntry(callback: callback))
  }

  private mutating func popRandom() -> ReadyEntry? {
    guard !entries.isEmpty else { return nil }
    let index = generator?.next(below: entries.count) ?? 0
    return entries.remove(at: index)
  }
}

/// User code in a queue whose order is drawn.
///
/// Unchecked: the callback is constant.
private final class DrawnStep: LoopStep, @unchecked Sendable {
  let callback: ScheduledCallback
  init(_ callback: ScheduledCallback) { self.callback = callback }
  override func run(on loop: EventLoop) { callback.run() }
}
