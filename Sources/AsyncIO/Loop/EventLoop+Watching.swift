// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// The watched descriptors of a loop by their numbers, each retained once.
struct WatchedSet {
  private(set) var members: [Int32: Unmanaged<WatchedDescriptor>] = [:]

  mutating func insert(_ watched: WatchedDescriptor) {
    members[watched.descriptor] = .passRetained(watched)
  }

  mutating func remove(_ watched: WatchedDescriptor) -> Unmanaged<WatchedDescriptor>? {
    guard members[watched.descriptor]?.toOpaque() == Unmanaged.passUnretained(watched).toOpaque()
    else { return nil }
    return members.removeValue(forKey: watched.descriptor)
  }

  mutating func removeAll() -> [Unmanaged<WatchedDescriptor>] {
    defer { members = [:] }
    return Array(members.values)
  }
}

extension EventLoop {
  /// Starts to watch a descriptor; false for one that is always ready (a regular file).
  ///
  /// From any thread.
  func watch(_ watched: WatchedDescriptor) throws -> Bool {
    try keep(watched)
    do {
      return try backendInUse.watch(
        watched.descriptor,
        token: watched.token)
    } catch {
      forget(watched)
      throw error
    }
  }

  /// Keeps a descriptor that the ring will be asked about.
  ///
  /// From any thread.
  func keep(_ watched: WatchedDescriptor) throws {
    try self.watched.withLock { set in
      // Asked under the lock: the end of the loop empties the set after it has said so.
      if isEnded { throw EventLoopError.ended(self) }
      set.insert(watched)
    }
    watchedCount.wrappingAdd(1, ordering: .relaxed)
  }

  /// Ends the watch, before the descriptor is closed.
  func unwatch(_ watched: WatchedDescriptor) {
    backendInUse.unwatch(watched.descriptor, token: watched.token)
    forget(watched)
  }

  private func forget(_ watched: WatchedDescriptor) {
    guard let reference = self.watched.withLock({ $0.remove(watched) }) else { return }
    watchedCount.wrappingSubtract(1, ordering: .relaxed)
    // The loop may be about to report to it: its reference ends between two looks at the kernel.
    let pending = Unchecked(reference)
    if isCurrent || isEnded { reference.release() } else { onLoop { _ in pending.value.release() } }
  }

  /// The end of the loop: nothing is reported any more.
  func abandonWatched() {
    for reference in watched.withLock({ $0.removeAll() }) {
      let watched = reference.takeRetainedValue()
      watchedCount.wrappingSubtract(1, ordering: .relaxed)
      backendInUse.unwatch(watched.descriptor, token: watched.token)
      watched.abandon()
    }
  }
}

extension EventLoop: BackendReceiver {
  func descriptorIsReady(_ descriptor: Int32, _ interest: Interest) {
    descriptors.report(descriptor, interest, on: self)
  }

  func readinessChanged(_ token: UInt64, _ readiness: Readiness) {
    withWatched(token) { $0.report(readiness) }
  }

  func tookIn(_ token: UInt64, _ result: Int32, _ bytes: UnsafeRawBufferPointer) {
    withWatched(token) { $0.tookIn(result, bytes) }
  }

  func intakeEnded(_ token: UInt64) { withWatched(token) { $0.intakeEnded() } }

  func pollEnded(_ token: UInt64, _ interest: Interest, _ readiness: Readiness) {
    withWatched(token) { $0.pollEnded(interest, readiness) }
  }

  /// The descriptor whose address is the token: it is kept while anything is asked for it.
  @inline(__always)
  private func withWatched(_ token: UInt64, _ body: (WatchedDescriptor) -> Void) {
    guard let pointer = UnsafeRawPointer(bitPattern: UInt(token)) else { return }
    Unmanaged<WatchedDescriptor>.fromOpaque(pointer)._withUnsafeGuaranteedRef { body($0) }
  }
}
