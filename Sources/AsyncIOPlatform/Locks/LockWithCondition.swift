// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// A mutex with a condition variable, for threads that sleep.
///
/// Tasks never wait here.
///
/// Unchecked: the value is only touched under the mutex.
package final class LockWithCondition<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  package init(_ value: Value) {
    self.value.initialize(to: value)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    value.deinitialize(count: 1)
    mutex.deallocate()
    condition.deallocate()
    value.deallocate()
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value.pointee)
  }

  /// Sleeps until `condition` gives a result; nil when `timeoutNanoseconds` pass before.
  ///
  /// The condition is asked under the mutex, at once and after each `notify`.
  @discardableResult
  package func wait<Result>(
    timeoutNanoseconds: Int64? = nil, until condition: (inout Value) -> Result?
  ) -> Result? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = timeoutNanoseconds.map(Self.deadline(after:))
    while true {
      if let result = condition(&value.pointee) { return result }
      if sleepOnce(until: &deadline) == ETIMEDOUT { return condition(&value.pointee) }
    }
  }

  package func notify() { pthread_cond_signal(condition) }
  package func notifyAll() { pthread_cond_broadcast(condition) }

  private func sleepOnce(until deadline: inout timespec?) -> Int32 {
    guard var time = deadline else { return pthread_cond_wait(condition, mutex) }
    return pthread_cond_timedwait(condition, mutex, &time)
  }

  private static func deadline(after nanoseconds: Int64) -> timespec {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let fraction = Int64(now.tv_nsec) + nanoseconds % 1_000_000_000
    return timespec(
      tv_sec: now.tv_sec + Int(nanoseconds / 1_000_000_000 + fraction / 1_000_000_000),
      tv_nsec: Int(fraction % 1_000_000_000))
  }
}
