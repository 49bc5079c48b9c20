// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a loop needs of the operating system: to sleep until a descriptor is ready, a time has come
/// or another thread calls.
///
/// The only place where a platform differs.
///
/// All members but `wake`, `watch` and `unwatch` are called on the loop's thread only.
package protocol Poller: AnyObject, Sendable {
  var kind: BackendKind { get }

  /// Watches `descriptor` for `interest` once: after one report it has to be armed again. Replaces
  /// what was armed for this descriptor. Returns false for a descriptor that is always ready (a
  /// regular file).
  func arm(_ descriptor: Int32, for interest: Interest) throws(SystemError) -> Bool

  /// No task waits for an armed descriptor any more: it may be closed without a word.
  func release(_ descriptor: Int32)

  /// Stops watching. A descriptor that is closed already is no error.
  func disarm(_ descriptor: Int32)

  /// Watches `descriptor` in both directions until `unwatch`, and reports each change of its
  /// readiness with `token`, an even number. Returns false for a descriptor that is always ready.
  ///
  /// From any thread.
  func watch(_ descriptor: Int32, token: UInt64) throws(SystemError) -> Bool

  /// Ceases to watch a descriptor, which is about to be closed.
  ///
  /// From any thread.
  func unwatch(_ descriptor: Int32, token: UInt64)

  /// Waits until something is ready, `wake` is called, or `timeoutNanoseconds` have passed; nil
  /// waits for ever and 0 only looks.
  func wait(timeoutNanoseconds: Int64?, to receiver: some PollReceiver)

  /// Whether a look that waits for nothing would find something, as far as can be told without a system call.
  var hasMore: Bool { get }

  /// Ends a `wait` that is under way or about to begin. From any thread; many calls make one
  /// wake-up.
  func wake()

  /// The descriptor `wake` writes to: a signal handler may write to it too.
  var wakeDescriptor: Int32 { get }
}
