// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Receives the reports of the operating system.
package protocol PollReceiver {
  /// An armed descriptor is ready.
  func descriptorIsReady(_ descriptor: Int32, _ interest: Interest)
  /// The readiness of a watched descriptor has changed.
  func readinessChanged(_ token: UInt64, _ readiness: Readiness)
  /// The kernel has brought something, or failed to: a result as of the system call.
  func ringDidReceive(_ token: UInt64, _ result: Int32, _ bytes: UnsafeRawBufferPointer)
  /// It brings no more until it is asked again.
  func receivingEnded(_ token: UInt64)
  /// A descriptor that was asked about once is ready.
  func pollEnded(_ token: UInt64, _ interest: Interest, _ readiness: Readiness)
}
