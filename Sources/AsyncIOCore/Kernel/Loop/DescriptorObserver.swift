// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) public import AsyncIOPlatform

/// An open descriptor on which the kernel reports to the loop, for as long as it is open.
///
/// The loop knows it by its address, which is the token of each report. What a report means is known to the layer above, by
/// overriding; the functions are called on the loop's thread.
///
/// Unchecked: the descriptor does not change; each subclass says why the rest is safe.
@_spi(AsyncIO)
open class DescriptorObserver: @unchecked Sendable {
  /// The number of the descriptor.
  public final let descriptor: Int32

  /// Makes an observer, which registers itself with the loop.
  public init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The number that the kernel sends with each report, which names this observer.
  public final var token: UInt64 {
    UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
  }

  /// The readiness of the descriptor has changed.
  open func report(_ readiness: Readiness) {}

  /// The ring has received something, or failed to: a result as of the system call.
  open func ringDidReceive(_ result: Int32, _ bytes: UnsafeRawBufferPointer) {}

  /// The ring receives no more until it is asked again.
  open func receivingEnded() {}

  /// A poll that was asked for once has ended.
  open func pollEnded(_ interest: Interest, _ readiness: Readiness) {}

  /// The loop has ended: nothing will be reported any more.
  open func abandon() {}
}
