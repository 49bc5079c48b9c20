// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc
internal import Synchronization

/// The completion interface of Linux, io_uring(7).
///
/// Everything that is asked for is written into a queue in shared memory, and handed to the kernel by the
/// same call that waits: to watch a connection, to cease to and to open a file take no system call of their
/// own. What has completed is read from shared memory, and a look when nothing has takes no system call at all.
///
/// The kernel takes requests from one thread only, the loop's. What other threads ask for is noted, and
/// they wake it.
///
/// A request names a slot of `RequestTable`, so that what completes after it was taken back reaches no code.
///
/// Unchecked: `owner`, `hasPosted` and `posted` are for all threads, the descriptor never changes, and the
/// rest belongs to the loop's thread.
package final class RingBackend: Poller, @unchecked Sendable {
  private enum Posted {
    case watch(Int32, token: UInt64)
    case unwatch(token: UInt64)
  }

  private let ring: OpaquePointer
  package let wakeDescriptor: Int32
  private var requests = RequestTable()
  private var hasFinished = false
  /// The requests that are under way for a descriptor and for a token: what is reported or brought again and
  /// again, and what is looked for once.
  private var armed: [Int32: UInt64] = [:]
  private var watched: [UInt64: UInt64] = [:]
  private var polls: [UInt64: [UInt64]] = [:]
  /// What has come and was not looked at yet, and the requests that are to be cancelled once more.
  private var early: [asyncio_completion] = []
  private var broughtNothing = false
  private var failedCancellations = FailedCancellations()

  private let owner = Atomic<UInt>(0)
  private let posted = Guarded<[Posted]>([])
  private let hasPosted = Atomic<Bool>(false)

  /// The number of requests that are handed over at a time; more may be under way.
  private static let queueLength: UInt32 = 512

  package var kind: BackendKind { .ioUring }

  /// Throws where the kernel has no such thing, is too old, or may not be asked.
  package init() throws(SystemError) {
    guard let ring = asyncio_ring_create(Self.queueLength) else {
      throw SystemError(call: "io_uring_setup", errno: errno)
    }
    self.ring = ring
    do {
      wakeDescriptor = try Syscalls.makeEventDescriptor()
    } catch {
      asyncio_ring_destroy(ring)
      throw error
    }
    watchWakeUps()
  }

  // Not before the last reference is gone: see `EpollBackend`.
  deinit {
    asyncio_ring_destroy(ring)
    Syscalls.closeDescriptor(wakeDescriptor)
  }

  // MARK: Single waits

  package func arm(_ descriptor: Int32, for interest: Interest) throws(SystemError) -> Bool {
    guard try Pollable.isPollable(descriptor) else { return false }
    cancelPoll(of: descriptor)
    var events: UInt32 = 0
    if interest.contains(.read) { events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
    if interest.contains(.write) { events |= EPOLLOUT.rawValue }
    let request = requests.add(.armed(descriptor))
    armed[descriptor] = request
    asyncio_ring_poll(ring, descriptor, events, false, request)
    return true
  }

  package func release(_ descriptor: Int32) { disarm(descriptor) }

  package func disarm(_ descriptor: Int32) {
    // At once: until then the kernel holds the file open, though its descriptor is closed.
    if cancelPoll(of: descriptor) { submit() }
  }

  /// False when there is none.
  @discardableResult
  private func cancelPoll(of descriptor: Int32) -> Bool {
    guard let request = armed.removeValue(forKey: descriptor) else { return false }
    requests.remove(request)
    cancel(request)
    return true
  }

  // MARK: Watching

  package func watch(_ descriptor: Int32, token: UInt64) throws(SystemError) -> Bool {
    guard try Pollable.isPollable(descriptor) else { return false }
    if isOwner {
      takePosted()
      startWatching(descriptor, token)
    } else {
      post(.watch(descriptor, token: token))
    }
    return true
  }

  package func unwatch(_ descriptor: Int32, token: UInt64) {
    guard isOwner else { return post(.unwatch(token: token)) }
    takePosted()
    stopWatching(token)
    // At once, as above.
    submit()
  }

  /// Hands over what is queued: nothing of it is about a descriptor that is closed afterwards.
  ///
  /// On the loop's thread.
  package func submit() {
    takeOwnership()
    asyncio_ring_submit(ring)
  }

  private func startWatching(_ descriptor: Int32, _ token: UInt64) {
    if hasFinished { return }
    let request = requests.add(.watched(descriptor, token: token))
    watched[token] = request
    poll(descriptor, request)
  }

  private func poll(_ descriptor: Int32, _ request: UInt64) {
    asyncio_ring_poll(
      ring, descriptor, EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue, true, request)
  }

  private func stopWatching(_ token: UInt64) {
    for request in polls.removeValue(forKey: token) ?? [] {
      requests.remove(request)
      cancel(request)
    }
    guard let request = watched.removeValue(forKey: token) else { return }
    if case .receive(let receive, _) = requests[request] {
      requests.change(request, to: .released(receive))
    } else {
      requests.remove(request)
    }
    cancel(request)
  }

  // MARK: Asking for what comes

  /// Has the kernel bring what comes, again and again, until it is paused or the descriptor is let go; on the
  /// loop's thread, for an open descriptor.
  package func startReceiving(_ receive: RingReceive, _ descriptor: Int32, token: UInt64) {
    takeOwnership()
    // First what was asked for before, for one that may have had the same address.
    takePosted()
    if hasFinished { return }
    let request = requests.add(.receive(receive, token: token))
    watched[token] = request
    switch receive {
    case .bytes: asyncio_ring_receive(ring, descriptor, true, request)
    case .piece: asyncio_ring_receive(ring, descriptor, false, request)
    case .connections: asyncio_ring_accept(ring, descriptor, true, request)
    case .connection: asyncio_ring_accept(ring, descriptor, false, request)
    case .nothing: failRequirement("RingBackend: there is nothing to take in")
    }
  }

  /// Has the kernel stop; what it brings until then arrives.
  ///
  /// False when it had stopped.
  package func pause(_ token: UInt64) -> Bool {
    guard let request = watched[token] else { return false }
    cancel(request)
    return true
  }

  /// Has the kernel say once that a descriptor is ready; on the loop's thread, for an open descriptor.
  package func pollOnce(_ descriptor: Int32, for interest: Interest, token: UInt64) {
    takeOwnership()
    takePosted()
    if hasFinished { return }
    let request = requests.add(.poll(interest, token: token))
    polls[token, default: []].append(request)
    let events =
      interest.contains(.read) ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : EPOLLOUT.rawValue
    asyncio_ring_poll(ring, descriptor, events, false, request)
  }

  // MARK: Other threads

  private var isOwner: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

  private func post(_ request: Posted) {
    posted.withLock { $0.append(request) }
    hasPosted.store(true, ordering: .releasing)
    wake()
  }

  /// In their order, and before anything else: a descriptor's number may be another file's by now.
  private func takePosted() {
    guard hasPosted.exchange(false, ordering: .acquiring) else { return }
    let requests = posted.withLock { posted in
      defer { posted = [] }
      return posted
    }
    for case let request in requests {
      switch request {
      case .watch(let descriptor, let token): startWatching(descriptor, token)
      case .unwatch(let token): stopWatching(token)
      }
    }
  }

  package func wake() { Syscalls.signalEvent(wakeDescriptor) }

  private func watchWakeUps() {
    asyncio_ring_poll(ring, wakeDescriptor, EPOLLIN.rawValue, true, requests.add(.wakeUps))
  }

  // MARK: Waiting

  package func wait(timeoutNanoseconds: Int64?, to receiver: some PollReceiver) {
    takeOwnership()
    takePosted()
    cancelAgain()
    if timeoutNanoseconds == 0, early.isEmpty, !asyncio_ring_is_pending(ring) { return }
    broughtNothing = true
    asyncio_ring_enter(ring, early.isEmpty ? timeoutNanoseconds ?? -1 : 0)
    for var completion in early.take() {
      take(completion, to: receiver)
      asyncio_ring_give_back(ring, &completion)
    }
    var completion = asyncio_completion()
    while asyncio_ring_next(ring, &completion) {
      requests.prefetch(asyncio_ring_upcoming(ring))
      take(completion, to: receiver)
      asyncio_ring_give_back(ring, &completion)
    }
  }

  // The kernel may set its flag after it has handed over what the flag is about: a look that brought nothing
  // says so.
  package var hasMore: Bool { !early.isEmpty || !broughtNothing && asyncio_ring_is_pending(ring) }

  private func takeOwnership() {
    guard owner.load(ordering: .relaxed) == 0 else { return }
    owner.store(UInt(pthread_self()), ordering: .relaxed)
    asyncio_ring_start(ring)
  }

  private func take(_ completion: asyncio_completion, to receiver: some PollReceiver) {
    broughtNothing = false
    if FailedCancellations.isCancellation(completion.data) {
      return failedCancellations.note(completion.data, completion.result, in: requests)
    }
    guard let purpose = requests[completion.data] else { return }
    let goesOn = completion.flags & ASYNCIO_COMPLETION_MORE != 0
    // An error of the request itself: the next call finds out what it is.
    let events =
      completion.result < 0
      ? EPOLLIN.rawValue | EPOLLOUT.rawValue : UInt32(completion.result)
    switch purpose {
    case .armed(let descriptor):
      armed[descriptor] = nil
      requests.remove(completion.data)
      receiver.descriptorIsReady(descriptor, PollEvents.interest(of: events))
    case .watched(let descriptor, let token):
      // The kernel may give up, for want of memory or of room for its answers.
      if !goesOn, completion.result != -EBADF { poll(descriptor, completion.data) }
      receiver.readinessChanged(token, PollEvents.readiness(of: events))
    case .receive(_, let token):
      receiver.ringDidReceive(token, completion.result, bytes(of: completion))
      if goesOn { return }
      // Unless it was closed, for which there is another request then.
      guard case .receive = requests[completion.data] else {
        return requests.remove(completion.data)
      }
      watched[token] = nil
      requests.remove(completion.data)
      receiver.receivingEnded(token)
    case .poll(let interest, let token):
      requests.remove(completion.data)
      polls[token]?.removeAll { $0 == completion.data }
      if polls[token]?.isEmpty == true { polls[token] = nil }
      receiver.pollEnded(token, interest, PollEvents.readiness(of: events))
    case .released(let receive):
      // No code knows of this connection.
      if receive.isOfConnections, completion.result >= 0 {
        Syscalls.closeDescriptor(completion.result)
      }
      if !goesOn { requests.remove(completion.data) }
    case .operation(let operation):
      if goesOn {
        requests.change(completion.data, to: .reading(operation))
        operation._withUnsafeGuaranteedRef { $0.complete(completion.result) }
      } else {
        requests.remove(completion.data)
        operation.takeRetainedValue().complete(completion.result)
      }
    case .reading(let operation):
      requests.remove(completion.data)
      operation.takeRetainedValue().released(
        wasCopied: UInt32(bitPattern: completion.result) & ASYNCIO_RESULT_COPIED != 0)
    case .wakeUps:
      Syscalls.drainEvent(wakeDescriptor)
      if goesOn { return }
      requests.remove(completion.data)
      if !hasFinished { watchWakeUps() }
    }
  }

  @inline(__always)
  private func bytes(of completion: asyncio_completion) -> UnsafeRawBufferPointer {
    let start = withUnsafePointer(to: completion) { asyncio_ring_received(ring, $0) }
    return UnsafeRawBufferPointer(
      start: start, count: start == nil ? 0 : max(0, Int(completion.result)))
  }

  // MARK: Cancelling

  private func cancel(_ request: UInt64) {
    asyncio_ring_cancel(ring, request, request | FailedCancellations.mark)
  }

  private func cancelAgain() {
    for request in failedCancellations.take(in: requests) { cancel(request) }
  }

  // MARK: Ends

  /// Completes the operations that have ended; the rest of what has come waits for the next look.
  ///
  /// On the loop's thread, within a step.
  package func completeOperations() {
    var completion = asyncio_completion()
    while asyncio_ring_next(ring, &completion) {
      if case .operation = requests[completion.data] {
        take(completion, to: NoReceiver())
      } else {
        early.append(completion)
      }
    }
  }

  // MARK: Operations

  /// Has the kernel do something; on the loop's thread.
  package func start(_ operation: RingRequest) {
    takeOwnership()
    if hasFinished || operation.isCancelled.load(ordering: .acquiring) {
      return operation.complete(RingRequest.cancelled)
    }
    let request = requests.add(.operation(.passRetained(operation)))
    operation.number = request
    operation.prepare(ring, request)
  }

  /// Asks the kernel to give up an operation, which completes all the same; on the loop's thread.
  package func cancel(_ operation: RingRequest) {
    if operation.number == 0 {
      operation.isCancelled.store(true, ordering: .releasing)
    } else if !operation.isComplete {
      cancel(operation.number)
    }
  }

  /// The loop ends: nothing is watched any more, no operation is left, and what they worked on is its owners'
  /// again.
  ///
  /// Asks the kernel to give up, and waits for what it cannot give up. Only what was sent without a copy and not
  /// confirmed by its receiver yet stays in memory for good: it may have to be sent again, and the kernel would
  /// take it from there.
  package func finish() {
    hasFinished = true
    takeOwnership()
    takePosted()
    for token in Set(watched.keys).union(polls.keys) { stopWatching(token) }
    for descriptor in armed.keys { cancelPoll(of: descriptor) }
    for request in requests.operations { cancel(request) }
    asyncio_ring_enter(ring, 0)
    for completion in early.take() { take(completion, to: NoReceiver()) }
    while true {
      var completion = asyncio_completion()
      while asyncio_ring_next(ring, &completion) { take(completion, to: NoReceiver()) }
      guard requests.hasUnfinished else { break }
      cancelAgain()
      asyncio_ring_enter(ring, -1)
    }
    // Another thread may be given the number of this one.
    owner.store(.max, ordering: .relaxed)
  }
}

/// Receives what completes when no observer is left, or may be called: operations know themselves what they are for.
private struct NoReceiver: PollReceiver {
  func descriptorIsReady(_ descriptor: Int32, _ interest: Interest) {}
  func readinessChanged(_ token: UInt64, _ readiness: Readiness) {}
  func ringDidReceive(_ token: UInt64, _ result: Int32, _ bytes: UnsafeRawBufferPointer) {}
  func receivingEnded(_ token: UInt64) {}
  func pollEnded(_ token: UInt64, _ interest: Interest, _ readiness: Readiness) {}
}
