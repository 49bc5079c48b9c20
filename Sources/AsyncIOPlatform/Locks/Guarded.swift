// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import DequeModule

/// A value behind a lock: the lock of all three targets of the library.
///
/// `LockWithCondition` is the same with a condition to wait for. The mutex is not `Synchronization.Mutex`, which ThreadSanitizer cannot see on Linux. Lock and value share one
/// allocation. Never held while a continuation is resumed, user code runs,
/// a line is logged, or across `with…Continuation`, whose closure may run as another job.
///
/// Unchecked: the value is only touched under the mutex.
@usableFromInline
package struct Guarded<Value>: @unchecked Sendable {
  @usableFromInline package let storage: ManagedBuffer<Value, PlatformMutex>

  @inlinable
  package init(_ value: consuming Value) {
    let value = value
    storage = .create(minimumCapacity: 1) { buffer in
      buffer.withUnsafeMutablePointerToElements { $0.initialize(to: PlatformMutex()) }
      return value
    }
  }

  @inlinable @inline(__always)
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Not around `body`: closures in closures are not always inlined.
    let value = storage.withUnsafeMutablePointerToHeader { $0 }
    let mutex = storage.withUnsafeMutablePointerToElements { $0 }
    PlatformMutex.lock(mutex)
    defer {
      PlatformMutex.unlock(mutex)
      // This may be the last reference to the storage.
      withExtendedLifetime(storage) {}
    }
    return try body(&value.pointee)
  }

  /// As `withLock`, where two threads often want the lock at once, for some nanoseconds: the second looks a
  /// few times before it goes to sleep.
  package func withBusyLock<Result>(_ body: (inout Value) -> Result) -> Result {
    let value = storage.withUnsafeMutablePointerToHeader { $0 }
    lockBusily()
    defer { unlock() }
    return body(&value.pointee)
  }

  /// As `withBusyLock`, for an element that is handed over: a closure would copy what it captures.
  package func appendUnderBusyLock<Element>(_ element: consuming Element)
  where Value == Deque<Element> {
    let value = storage.withUnsafeMutablePointerToHeader { $0 }
    lockBusily()
    defer { unlock() }
    value.pointee.append(element)
  }

  private func lockBusily() {
    PlatformMutex.spinAndLock(storage.withUnsafeMutablePointerToElements { $0 })
  }

  private func unlock() {
    PlatformMutex.unlock(storage.withUnsafeMutablePointerToElements { $0 })
    withExtendedLifetime(storage) {}
  }
}
