// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The readiness interface of Linux, epoll(7), with one-shot registrations: a report disarms the
/// descriptor, so an event that is no longer waited for costs nothing and wakes no task
/// wrongly.
///
/// Unchecked: the buffer is touched by the loop's thread only, the two descriptors never change.
package final class EpollBackend: Poller, @unchecked Sendable {
  private static let capacity = 256

  private let epoll: Int32
  package let wakeDescriptor: Int32
  private let events: UnsafeMutablePointer<epoll_event>

  package var kind: BackendKind { .epoll }

  package init() throws(SystemError) {
    epoll = try Syscalls.makeEpollDescriptor()
    do {
      wakeDescriptor = try Syscalls.makeEventDescriptor()
    } catch {
      Syscalls.closeDescriptor(epoll)
      throw error
    }
    events = .allocate(capacity: Self.capacity)
    var event = epoll_event(
      events: EPOLLIN.rawValue, data: Self.data(armed: wakeDescriptor))
    epoll_ctl(epoll, EPOLL_CTL_ADD, wakeDescriptor, &event)
  }

  // Not before the last reference is gone: a thread that is about to wake the loop must not write to
  // a descriptor that meanwhile belongs to somebody else.
  deinit {
    Syscalls.closeDescriptor(epoll)
    Syscalls.closeDescriptor(wakeDescriptor)
    events.deallocate()
  }

  package func arm(_ descriptor: Int32, for interest: Interest) throws(SystemError) -> Bool {
    var flags = EPOLLONESHOT.rawValue
    if interest.contains(.read) { flags |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
    if interest.contains(.write) { flags |= EPOLLOUT.rawValue }
    var event = epoll_event(events: flags, data: Self.data(armed: descriptor))
    // A descriptor that was watched before is still registered, unless it was closed since.
    if epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 { return true }
    if errno == ENOENT, epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 { return true }
    if errno == EPERM { return false }
    throw SystemError(call: "epoll_ctl", errno: errno)
  }

  // What is closed is forgotten by itself, and a report for nobody disarms it.
  package func release(_ descriptor: Int32) {}

  package func disarm(_ descriptor: Int32) {
    var event = epoll_event()
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
  }

  package func watch(_ descriptor: Int32, token: UInt64) throws(SystemError) -> Bool {
    let flags = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    var event = epoll_event(events: flags, data: epoll_data_t(u64: token))
    if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 { return true }
    // Somebody has waited for it before it was handed over.
    if errno == EEXIST, epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 { return true }
    if errno == EPERM { return false }
    throw SystemError(call: "epoll_ctl", errno: errno)
  }

  package func unwatch(_ descriptor: Int32, token: UInt64) { disarm(descriptor) }

  package func wait(timeoutNanoseconds: Int64?, to receiver: some PollReceiver) {
    let count = waitForEvents(timeoutNanoseconds)
    guard count > 0 else { return }
    for index in 0..<Int(count) {
      let event = events[index]
      let data = event.data.u64
      if index + 1 < Int(count) { Prefetch.object(at: events[index + 1].data.u64) }
      if data & 1 == 0 {
        receiver.readinessChanged(data, PollEvents.readiness(of: event.events))
      } else if Int32(truncatingIfNeeded: data >> 1) == wakeDescriptor {
        Syscalls.drainEvent(wakeDescriptor)
      } else {
        receiver.descriptorIsReady(
          Int32(truncatingIfNeeded: data >> 1), PollEvents.interest(of: event.events))
      }
    }
  }

  /// Armed descriptors have odd data, tokens are even.
  private static func data(armed descriptor: Int32) -> epoll_data_t {
    epoll_data_t(u64: UInt64(UInt32(bitPattern: descriptor)) << 1 | 1)
  }

  // One look finds all there is.
  package var hasMore: Bool { false }

  package func wake() { Syscalls.signalEvent(wakeDescriptor) }

  private func waitForEvents(_ timeoutNanoseconds: Int64?) -> Int32 {
    asyncio_epoll_wait(epoll, events, Int32(Self.capacity), timeoutNanoseconds ?? -1)
  }
}
