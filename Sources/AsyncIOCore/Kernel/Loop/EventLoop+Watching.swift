// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) package import AsyncIOPlatform

extension EventLoop {
  /// Starts to watch a descriptor; false for one that is always ready (a regular file).
  ///
  /// From any thread.
  package func watch(_ watched: DescriptorObserver) throws -> Bool {
    try register(watched)
    do {
      return try backendInUse.watch(
        watched.descriptor,
        token: watched.token)
    } catch {
      forget(watched)
      throw error
    }
  }

  /// Registers a descriptor that the ring will be asked about.
  ///
  /// From any thread.
  package func register(_ watched: DescriptorObserver) throws {
    try observers.withLock { set in
      // Asked under the lock: the end of the loop empties the set after it has said so.
      if isEnded { throw EventLoopError.ended(self) }
      set.insert(watched)
    }
    pending.begin(.watch)
  }

  /// Ends the watch, before the descriptor is closed.
  package func unwatch(_ watched: DescriptorObserver) {
    backendInUse.unwatch(watched.descriptor, token: watched.token)
    forget(watched)
  }

  private func forget(_ watched: DescriptorObserver) {
    guard let reference = observers.withLock({ $0.remove(watched) }) else { return }
    pending.end(.watch)
    // The loop may be about to report to it: its reference ends between two looks at the kernel.
    let pending = UncheckedSendable(reference)
    if isCurrent || isEnded { reference.release() } else { onLoop { _ in pending.value.release() } }
  }

  /// The end of the loop: nothing is reported any more.
  func abandonObservers() {
    for reference in observers.withLock({ $0.removeAll() }) {
      let watched = reference.takeRetainedValue()
      pending.end(.watch)
      backendInUse.unwatch(watched.descriptor, token: watched.token)
      watched.abandon()
    }
  }
}

extension EventLoop: PollReceiver {
  package func descriptorIsReady(_ descriptor: Int32, _ interest: Interest) {
    descriptors.report(descriptor, interest, on: self)
  }

  package func readinessChanged(_ token: UInt64, _ readiness: Readiness) {
    withObserver(token) { $0.report(readiness) }
  }

  package func ringDidReceive(_ token: UInt64, _ result: Int32, _ bytes: UnsafeRawBufferPointer) {
    withObserver(token) { $0.ringDidReceive(result, bytes) }
  }

  package func receivingEnded(_ token: UInt64) { withObserver(token) { $0.receivingEnded() } }

  package func pollEnded(_ token: UInt64, _ interest: Interest, _ readiness: Readiness) {
    withObserver(token) { $0.pollEnded(interest, readiness) }
  }

  /// The descriptor whose address is the token: it is kept while anything is asked for it.
  @inline(__always)
  private func withObserver(_ token: UInt64, _ body: (DescriptorObserver) -> Void) {
    guard let pointer = UnsafeRawPointer(bitPattern: UInt(token)) else { return }
    Unmanaged<DescriptorObserver>.fromOpaque(pointer)._withUnsafeGuaranteedRef { body($0) }
  }
}
