// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bookkeeping of a queue.
///
/// Invariants: a task waits for an item only while there is none to take; a task waits for room
/// only while the queue is full; `unfinished` counts the items put and not yet reported done;
/// nobody waits for the join while it is zero.
struct QueueState<Buffer: QueueBuffer, Getter, Putter, Joiner> {
  typealias Element = Buffer.Element
  typealias Getters = WaitQueue<Void, Take<Element>, Getter>
  typealias Putters = WaitQueue<Unchecked<Element>, Admission, Putter>
  typealias Joiners = WaitQueue<Void, Void, Joiner>

  /// What has to be delivered after the lock is released.
  struct Wakeups {
    var getters: [Wakeup<Take<Element>, Getter>] = []
    var putters: [Wakeup<Admission, Putter>] = []
    var joiners: [Wakeup<Void, Joiner>] = []
    /// Items that nobody will get: they end outside the lock, since that may run code of theirs.
    var dropped: Buffer?
  }

  private(set) var buffer: Buffer
  let maxSize: Int
  private(set) var unfinished = 0
  private(set) var isShutDown = false
  private var wasEmptied = false
  private var nextArrival: UInt64 = 0
  var getters = Getters()
  var putters = Putters()
  var joiners = Joiners()

  init(_ buffer: Buffer, maxSize: Int) {
    self.buffer = buffer
    self.maxSize = maxSize
  }

  var isFull: Bool { maxSize > 0 && buffer.count >= maxSize }

  // MARK: Putting

  /// Puts an item in, or says where its task waits for room.
  mutating func put(_ element: Element, _ wakeups: inout Wakeups) throws -> Putters.Ticket? {
    if isShutDown { throw QueueShutDownError() }
    guard putters.isEmpty, !isFull else { return putters.enter(Unchecked(element)) }
    admit(element, &wakeups)
    return nil
  }

  mutating func tryPut(_ element: Element, _ wakeups: inout Wakeups) -> Bool {
    guard !isShutDown, putters.isEmpty, !isFull else { return false }
    admit(element, &wakeups)
    return true
  }

  private mutating func admit(_ element: Element, _ wakeups: inout Wakeups) {
    unfinished += 1
    buffer.insert(Queued(element: element, arrival: nextArrival))
    nextArrival += 1
    serveGetters(&wakeups)
  }

  /// Items are there to be taken: those who wait get them, in the queue's order.
  private mutating func serveGetters(_ wakeups: inout Wakeups) {
    while !getters.isEmpty, let next = buffer.removeNext() {
      if let wakeup = getters.grantFirst(.item(next)) { wakeups.getters.append(wakeup) }
    }
  }

  // MARK: Getting

  /// Takes the next item, or says where the task waits for one.
  mutating func get(_ wakeups: inout Wakeups) throws -> (Element?, Getters.Ticket?) {
    if getters.isEmpty, let element = takeNext(&wakeups) { return (element, nil) }
    if isShutDown { throw QueueShutDownError() }
    return (nil, getters.enter(()))
  }

  mutating func tryGet(_ wakeups: inout Wakeups) -> Element? {
    getters.isEmpty ? takeNext(&wakeups) : nil
  }

  private mutating func takeNext(_ wakeups: inout Wakeups) -> Element? {
    guard let item = buffer.removeNext() else { return nil }
    admitWaiting(&wakeups)
    return item.element
  }

  /// There is room: those who wait for it come in, in order.
  private mutating func admitWaiting(_ wakeups: inout Wakeups) {
    while !isFull, let element = putters.firstRequest {
      if let wakeup = putters.grantFirst(.admitted) { wakeups.putters.append(wakeup) }
      admit(element.value, &wakeups)
    }
  }

  /// A task was given this item and cancelled before it could take it: it is the next one again.
  mutating func putBack(_ item: Queued<Element>, _ wakeups: inout Wakeups) {
    // An immediate shutdown has dropped all items, and this one with them.
    if wasEmptied { return }
    buffer.putBack(item)
    serveGetters(&wakeups)
    if isShutDown { endGetters(&wakeups) }
  }

  // MARK: Finishing

  mutating func taskDone(_ wakeups: inout Wakeups) {
    if wasEmptied, unfinished == 0 { return }
    precondition(unfinished > 0, "taskDone() called more often than items were put into the queue")
    unfinished -= 1
    if unfinished == 0 { wakeups.joiners = joiners.grantAll(()) }
  }

  mutating func join() -> Joiners.Ticket? { unfinished == 0 ? nil : joiners.enter(()) }

  mutating func shutdown(immediate: Bool, _ wakeups: inout Wakeups) {
    isShutDown = true
    wakeups.putters = putters.grantAll(.shutDown)
    if immediate {
      wasEmptied = true
      wakeups.dropped = buffer.takeAll()
      unfinished = 0
      wakeups.joiners = joiners.grantAll(())
    }
    endGetters(&wakeups)
  }

  /// Who waits for an item of a queue that is shut down and empty waits in vain.
  private mutating func endGetters(_ wakeups: inout Wakeups) {
    if buffer.count == 0 { wakeups.getters += getters.grantAll(.shutDown) }
  }
}

/// What a task that waited for an item gets.
enum Take<Element> {
  case item(Queued<Element>)
  case shutDown
}

/// What a task that waited for room gets.
enum Admission {
  case admitted
  case shutDown
}
