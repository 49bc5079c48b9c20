// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// Where the readiness and the data of a descriptor come from: what differs between the back ends.
///
/// `PollSource` is told by the kernel when a call is worth trying, and makes the call. `RingSource` has the kernel make the calls.
/// All else about a descriptor (its lifetime, its waits, its turns) is the same with both.
///
/// An enumeration of two, not a protocol: a read through an existential takes 5 % more instructions.
enum DescriptorSource: Sendable {
  case poll(PollSource)
  case ring(RingSource)

  /// What the kernel has brought of itself; nil where it only reports.
  @inline(__always)
  var inbox: Guarded<RingInbox>? {
    switch self {
    case .poll: nil
    case .ring(let ring): ring.inbox
    }
  }

  /// Begins to serve a descriptor; false when the kernel does not report on it: a regular file.
  func begin(_ watched: WatchedDescriptor) throws -> Bool {
    switch self {
    case .poll(let poll): try poll.begin(watched)
    case .ring(let ring): try ring.begin(watched)
    }
  }

  /// Has a task's wait in this direction answered by a report; from any thread.
  ///
  /// Not in line, and so for all that is not the common way of a read: the compiler puts whole waits in line as long as a function
  /// stays small.
  @inline(never)
  func ask(_ direction: WatchedDescriptor.Direction, of watched: WatchedDescriptor) {
    // A poll reports unasked.
    if case .ring(let ring) = self { ring.ask(direction, of: watched) }
  }

  /// Brings no more of itself until the next wait; from any thread.
  func pause(_ watched: WatchedDescriptor) {
    if case .ring(let ring) = self { ring.pause(watched) }
  }

  /// Brings nothing more, takes back what the kernel is at, and ends the use that closed the descriptor.
  func end(_ watched: WatchedDescriptor) {
    switch self {
    case .poll(let poll): poll.end(watched)
    case .ring(let ring): ring.end(watched)
    }
  }

  /// As recv(2).
  @inline(__always)
  func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch self {
    case .poll: Sockets.receive(descriptor, buffer)
    case .ring(let ring): ring.inbox.withLock { $0.take(into: buffer) }
    }
  }

  /// As recv(2), with an array for what is there.
  ///
  /// - Parameter scratch: Memory that may be used meanwhile; the thread's if nil.
  @inline(__always)
  func receive(
    _ descriptor: Int32, upTo limit: Int, _ scratch: UnsafeMutableRawBufferPointer?,
    into bytes: inout [UInt8]
  ) -> Int {
    switch self {
    case .poll(let poll): poll.receive(descriptor, upTo: limit, scratch, into: &bytes)
    case .ring(let ring): ring.inbox.withLock { $0.take(upTo: limit, into: &bytes) }
    }
  }

  /// As accept4(2), for a connection that does not block and is closed on exec.
  func accept(_ descriptor: Int32) -> Int {
    switch self {
    case .poll: Sockets.accept(descriptor)
    case .ring(let ring): ring.inbox.withLock { $0.takeConnection() }
    }
  }
}
