// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// A value behind a mutex.
///
/// The operating system's mutex, because ThreadSanitizer cannot see `Synchronization.Mutex`.
///
/// Unchecked: the value is touched under the mutex only.
public final class Locked<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  /// Puts a value behind a mutex of its own.
  public init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with the value, alone.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
