// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a ring has brought for a descriptor and no task has taken yet, and what it is still at.
///
/// It takes the place of the kernel's own buffer on a loop that is told of readiness: to take from here is
/// what recv(2) and accept4(2) are there, and the answers are theirs.
struct RingInbox {
  private var bytes = InputBuffer()
  private var connections: ArraySlice<Int32> = []
  /// What there is once the rest has been taken: 0 for the end of the stream, or minus an error number.
  private var end: Int?
  /// The requests of tasks that wait for them, which are taken back when the descriptor is closed.
  var operations: [RingOperation] = []
  /// The ring was asked to stop, and has not said that it did.
  var isPausing = false

  private static let wouldBlock = -Int(SystemError.tryAgain)

  // MARK: Bytes

  mutating func append(_ new: UnsafeRawBufferPointer) { bytes.append(new) }

  var byteCount: Int { bytes.count }

  /// As recv(2).
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    bytes.isEmpty ? end ?? Self.wouldBlock : bytes.take(into: buffer)
  }

  /// As recv(2), into an array of its own: without a copy, if all that is there is wanted.
  mutating func take(upTo limit: Int, into array: inout [UInt8]) -> Int {
    guard !bytes.isEmpty else { return end ?? Self.wouldBlock }
    array = bytes.take(limit)
    return array.count
  }

  /// Drops what will not be taken; how much that was.
  mutating func dropBytes() -> Int { bytes.takeAll().count }

  /// Whether there are neither bytes nor an end of them.
  var isQuiet: Bool { bytes.isEmpty && end == nil }

  /// Nothing more comes: the result with which the ring has said so.
  mutating func noteEnd(_ result: Int32) { end = Int(result) }

  // MARK: Connections

  mutating func append(connection: Int32) { connections.append(connection) }

  var connectionCount: Int { connections.count }

  /// As accept4(2); an error is told once.
  mutating func takeConnection() -> Int {
    if let connection = connections.popFirst() { return Int(connection) }
    defer { end = nil }
    return end ?? Self.wouldBlock
  }

  /// They will not be taken any more.
  mutating func takeAllConnections() -> ArraySlice<Int32> {
    defer { connections = [] }
    return connections
  }
}
