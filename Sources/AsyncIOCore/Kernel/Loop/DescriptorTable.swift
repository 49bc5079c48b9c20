// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// The tasks that wait for descriptors, by descriptor.
///
/// Belongs to the loop's thread.
package struct DescriptorTable {
  private struct Entry {
    var reader: DescriptorWait?
    var writer: DescriptorWait?

    var interest: Interest {
      var interest: Interest = []
      if reader != nil { interest.insert(.read) }
      if writer != nil { interest.insert(.write) }
      return interest
    }
  }

  private var entries: [Int32: Entry] = [:]

  mutating func add(_ wait: DescriptorWait, on loop: EventLoop) {
    guard !wait.once.isDecided else { return }
    var entry = entries[wait.descriptor] ?? Entry()
    // A wait that another thread has just cancelled is still to be dropped: it is in nobody's way.
    if entry.reader?.once.isDecided == true { entry.reader = nil }
    if entry.writer?.once.isDecided == true { entry.writer = nil }
    guard !entry.interest.contains(wait.direction) else {
      let verb = wait.direction == .read ? "read" : "write"
      return wait.fail(
        EventLoopError(
          .descriptorBusy, "another task waits to \(verb) descriptor \(wait.descriptor) already"),
        on: loop)
    }
    if wait.direction == .read { entry.reader = wait } else { entry.writer = wait }
    do {
      if try loop.backendInUse.arm(wait.descriptor, for: entry.interest) {
        if entries.updateValue(entry, forKey: wait.descriptor) == nil {
          loop.pending.begin(.transfer)
        }
      } else {
        wait.end(.granted, on: loop)
      }
    } catch {
      wait.fail(
        EventLoopError(.system, "cannot wait for descriptor \(wait.descriptor)", cause: error),
        on: loop)
    }
  }

  /// Forgets a wait that was cancelled.
  mutating func drop(_ wait: DescriptorWait, on loop: EventLoop) {
    guard var entry = entries[wait.descriptor] else { return }
    if entry.reader === wait {
      entry.reader = nil
    } else if entry.writer === wait {
      entry.writer = nil
    } else {
      return
    }
    keep(entry, for: wait.descriptor, on: loop)
  }

  mutating func report(_ descriptor: Int32, _ ready: Interest, on loop: EventLoop) {
    guard var entry = entries[descriptor] else { return }
    if ready.contains(.read), let reader = entry.reader {
      entry.reader = nil
      reader.end(.granted, on: loop)
    }
    if ready.contains(.write), let writer = entry.writer {
      entry.writer = nil
      writer.end(.granted, on: loop)
    }
    keep(entry, for: descriptor, on: loop)
  }

  /// Takes out every task that waits for a descriptor.
  mutating func remove(_ descriptor: Int32, on loop: EventLoop) -> [DescriptorWait] {
    guard let entry = entries.removeValue(forKey: descriptor) else { return [] }
    loop.pending.end(.transfer)
    return [entry.reader, entry.writer].compactMap(\.self)
  }

  mutating func abandonAll(on loop: EventLoop) {
    for entry in entries.values {
      entry.reader?.end(.ended, on: loop)
      entry.writer?.end(.ended, on: loop)
      loop.pending.end(.transfer)
    }
    entries = [:]
  }

  /// Arms again what is still wanted; a report or a cancellation has disarmed the descriptor.
  private mutating func keep(_ entry: Entry, for descriptor: Int32, on loop: EventLoop) {
    if entry.interest.isEmpty {
      if entries.removeValue(forKey: descriptor) != nil { loop.pending.end(.transfer) }
      loop.backendInUse.release(descriptor)
      return
    }
    entries[descriptor] = entry
    do {
      _ = try loop.backendInUse.arm(descriptor, for: entry.interest)
    } catch {
      for wait in remove(descriptor, on: loop) {
        wait.fail(
          EventLoopError(.system, "cannot wait for descriptor \(descriptor)", cause: error),
          on: loop)
      }
    }
  }
}
