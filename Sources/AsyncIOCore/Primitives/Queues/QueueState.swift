// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bookkeeping of a queue.
///
/// Invariants: a task waits for an item only while there is none to take; a task waits for room
/// only while the queue is full; `unfinished` counts the items put and not yet reported done;
/// no task waits for the join while it is zero.
@usableFromInline
struct QueueState<Buffer: QueueBuffer, Getter, Putter, Joiner> {
  @usableFromInline
  typealias Element = Buffer.Element
  @usableFromInline
  typealias Getters = WaitQueue<Void, Take<Element>, Getter>
  @usableFromInline
  typealias Putters = WaitQueue<UncheckedSendable<Element>, Admission, Putter>
  @usableFromInline
  typealias Joiners = WaitQueue<Void, Void, Joiner>

  @usableFromInline
  typealias GetterWakeup = Wakeup<Take<Element>, Getter>
  @usableFromInline
  typealias PutterWakeup = Wakeup<Admission, Putter>

  /// What has to be delivered after the lock is released.
  @usableFromInline
  struct Deliveries {
    @usableFromInline var getters = WakeupList<Take<Element>, Getter>()
    @usableFromInline var putters = WakeupList<Admission, Putter>()
    @usableFromInline var joiners = WakeupList<Void, Joiner>()
    /// Items that no task will get: they end outside the lock, since that may run code of theirs.
    @usableFromInline var dropped: Buffer?

    @inlinable
    init() {}
  }

  @usableFromInline var buffer: Buffer
  @usableFromInline let maxSize: Int
  @usableFromInline var unfinished = 0
  @usableFromInline var isShutDown = false
  @usableFromInline var wasEmptied = false
  @usableFromInline var nextArrival: UInt64 = 0
  @usableFromInline var getters = Getters()
  @usableFromInline var putters = Putters()
  @usableFromInline var joiners = Joiners()

  @inlinable
  init(_ buffer: Buffer, maxSize: Int) {
    self.buffer = buffer
    self.maxSize = maxSize
  }

  @inlinable
  var isFull: Bool { maxSize > 0 && buffer.count >= maxSize }

  // MARK: Putting

  /// Puts an item in; false when its task has to wait for room.
  ///
  /// At most one task is served: tasks wait for items only while there are none.
  @inlinable
  mutating func put(_ element: Element, _ served: inout GetterWakeup?) throws -> Bool {
    if isShutDown { throw QueueShutDownError() }
    return tryPut(element, &served)
  }

  /// Puts an item in, or takes a place in the line for room.
  @inlinable
  mutating func put(
    _ element: Element, _ served: inout GetterWakeup?, orEnter waiter: Putter
  ) throws -> Putters.Ticket? {
    try put(element, &served) ? nil : putters.enter(UncheckedSendable(element), waiter)
  }

  @inlinable
  mutating func tryPut(_ element: Element, _ served: inout GetterWakeup?) -> Bool {
    guard !isShutDown, putters.isEmpty, !isFull else { return false }
    admit(element, &served)
    return true
  }

  @inlinable
  mutating func admit(_ element: Element, _ served: inout GetterWakeup?) {
    unfinished += 1
    buffer.insert(Queued(element: element, arrival: nextArrival))
    nextArrival += 1
    serveGetter(&served)
  }

  /// An item is there to be taken: the first task that waits gets the next, in the queue's order.
  @inlinable
  mutating func serveGetter(_ served: inout GetterWakeup?) {
    guard !getters.isEmpty, let next = buffer.removeNext() else { return }
    served = getters.grantFirst(.item(next))
  }

  // MARK: Getting

  /// Takes the next item; nil when the task has to wait for one.
  ///
  /// At most one task is admitted, into the place of the item.
  @inlinable
  mutating func get(_ admitted: inout PutterWakeup?) throws -> UncheckedSendable<Element>? {
    if let element = tryGet(&admitted) { return UncheckedSendable(element) }
    if isShutDown { throw QueueShutDownError() }
    return nil
  }

  /// Takes a place in the line for items, unless there is one to take.
  @inlinable
  mutating func get(
    _ element: inout UncheckedSendable<Element>?, _ admitted: inout PutterWakeup?,
    orEnter waiter: Getter
  ) throws -> Getters.Ticket? {
    element = try get(&admitted)
    return element == nil ? getters.enter((), waiter) : nil
  }

  @inlinable
  mutating func tryGet(_ admitted: inout PutterWakeup?) -> Element? {
    getters.isEmpty ? takeNext(&admitted) : nil
  }

  @inlinable
  mutating func takeNext(_ admitted: inout PutterWakeup?) -> Element? {
    guard let item = buffer.removeNext() else { return nil }
    admitWaiting(&admitted)
    return item.element
  }

  /// There is room for one: the first task that waits for it comes in.
  @inlinable
  mutating func admitWaiting(_ admitted: inout PutterWakeup?) {
    guard !isFull, let element = putters.firstRequest else { return }
    admitted = putters.grantFirst(.admitted)
    // No task waits for an item while others wait for room.
    var served: GetterWakeup?
    admit(element.value, &served)
    assert(served == nil)
  }

  /// A task was given this item and cancelled before it could take it: it is the next one again.
  @inlinable
  mutating func putBack(_ item: Queued<Element>, _ wakeups: inout Deliveries) {
    // An immediate shutdown has dropped all items, and this one with them.
    if wasEmptied { return }
    buffer.putBack(item)
    var served: GetterWakeup?
    serveGetter(&served)
    if let served { wakeups.getters.append(served) }
    if isShutDown { endGetters(&wakeups) }
  }

  // MARK: Finishing

  @inlinable
  mutating func taskDone() -> WakeupList<Void, Joiner> {
    if wasEmptied, unfinished == 0 { return WakeupList() }
    require(unfinished > 0, "taskDone() called more often than items were put into the queue")
    unfinished -= 1
    return unfinished == 0 ? joiners.grantAll(()) : WakeupList()
  }

  @inlinable
  mutating func join(_ waiter: Joiner) -> Joiners.Ticket? {
    unfinished == 0 ? nil : joiners.enter((), waiter)
  }

  @inlinable
  mutating func shutdown(immediate: Bool, _ wakeups: inout Deliveries) {
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

  /// Sends away the tasks that wait for an item, if the queue is shut down and empty.
  @inlinable
  mutating func endGetters(_ wakeups: inout Deliveries) {
    guard buffer.count == 0 else { return }
    while !getters.isEmpty {
      if let wakeup = getters.grantFirst(.shutDown) { wakeups.getters.append(wakeup) }
    }
  }
}
