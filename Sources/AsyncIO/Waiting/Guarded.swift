// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// A value behind a lock: the one lock type of the package.
///
/// The mutex is pthread's, because ThreadSanitizer cannot see `Synchronization.Mutex` on Linux;
/// lock and value share one allocation. Never held while a continuation is resumed, user code runs,
/// a line is logged, or across `with…Continuation`, whose closure may run as another job.
///
/// Unchecked: the value is only touched under the mutex.
struct Guarded<Value>: @unchecked Sendable {
  private let storage: ManagedBuffer<Value, pthread_mutex_t>

  init(_ value: consuming Value) {
    let value = value
    storage = Storage.create(minimumCapacity: 1) { buffer in
      buffer.withUnsafeMutablePointerToElements { _ = pthread_mutex_init($0, nil) }
      return value
    }
  }

  @inline(__always)
  func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeMutablePointers { (value, mutex) throws(Failure) -> Result in
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value.pointee)
    }
  }

  private final class Storage: ManagedBuffer<Value, pthread_mutex_t> {
    deinit {
      withUnsafeMutablePointerToElements { _ = pthread_mutex_destroy($0) }
    }
  }
}
