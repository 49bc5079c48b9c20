// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import DequeModule
internal import Glibc

/// A value behind a lock: the one lock type of the package.
///
/// The mutex is pthread's, because ThreadSanitizer cannot see `Synchronization.Mutex` on Linux;
/// lock and value share one allocation. Never held while a continuation is resumed, user code runs,
/// a line is logged, or across `with…Continuation`, whose closure may run as another job.
///
/// Unchecked: the value is only touched under the mutex.
@usableFromInline
struct Guarded<Value>: @unchecked Sendable {
  @usableFromInline let storage: ManagedBuffer<Value, PlatformMutex>

  @inlinable
  init(_ value: consuming Value) {
    let value = value
    storage = Storage.create(minimumCapacity: 1) { buffer in
      buffer.withUnsafeMutablePointerToElements { PlatformMutex.initialize($0) }
      return value
    }
  }

  @inlinable @inline(__always)
  func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Not around `body`: closures in closures are not always inlined.
    let value = storage.withUnsafeMutablePointerToHeader { $0 }
    let mutex = storage.withUnsafeMutablePointerToElements { $0 }
    PlatformMutex.lock(mutex)
    defer {
      PlatformMutex.unlock(mutex)
      // Whoever holds the storage may do so for the last time here.
      withExtendedLifetime(storage) {}
    }
    return try body(&value.pointee)
  }

  /// As `withLock`, where two threads often want the lock at once, for some nanoseconds: the second looks a
  /// few times before it goes to sleep.
  func withBusyLock<Result>(_ body: (inout Value) -> Result) -> Result {
    let value = storage.withUnsafeMutablePointerToHeader { $0 }
    lockBusily()
    defer { unlock() }
    return body(&value.pointee)
  }

  /// As `withBusyLock`, for an element that is handed over: a closure would copy what it captures.
  func appendUnderBusyLock<Element>(_ element: consuming Element) where Value == Deque<Element> {
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

  @usableFromInline
  final class Storage: ManagedBuffer<Value, PlatformMutex> {
    @inlinable
    deinit {
      withUnsafeMutablePointerToElements { PlatformMutex.destroy($0) }
    }
  }
}

/// The operating system's mutex, at an address that stays the same.
///
/// Its functions stay out of line: code that is specialised in other modules calls them.
@usableFromInline
struct PlatformMutex {
  private var mutex: pthread_mutex_t

  @usableFromInline
  static func initialize(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    _ = pthread_mutex_init(raw(pointer), nil)
  }

  @usableFromInline
  static func destroy(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    _ = pthread_mutex_destroy(raw(pointer))
  }

  @usableFromInline
  static func lock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    pthread_mutex_lock(raw(pointer))
  }

  static func spinAndLock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    for _ in 0..<100 {
      if pthread_mutex_trylock(raw(pointer)) == 0 { return }
      asyncio_relax_processor()
    }
    pthread_mutex_lock(raw(pointer))
  }

  @usableFromInline
  static func unlock(_ pointer: UnsafeMutablePointer<PlatformMutex>) {
    pthread_mutex_unlock(raw(pointer))
  }

  // The mutex is the only thing there is, so it has the structure's address.
  @inline(__always)
  private static func raw(
    _ pointer: UnsafeMutablePointer<PlatformMutex>
  ) -> UnsafeMutablePointer<pthread_mutex_t> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: pthread_mutex_t.self)
  }
}
