// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The bytes of a connected stream socket.
final class SocketTransport: ByteTransport {
  let watched: WatchedDescriptor
  private let peer: SocketAddress?

  init(_ watched: WatchedDescriptor, peer: SocketAddress?) {
    self.watched = watched
    self.peer = peer
  }

  deinit { watched.close() }

  var subject: String { peer?.description ?? "descriptor \(watched.descriptor)" }
  var isClosed: Bool { watched.isClosed }

  func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
    try await watched.perform("recv", .read, wanted: buffer.count) { Sockets.receive($0, buffer) }
  }

  func read(upTo limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws -> Int {
    let wanted = min(limit, Scratch.size)
    return try await watched.perform("recv", .read, wanted: wanted) { descriptor in
      Scratch.with(wanted) { buffer in
        let count = Sockets.receive(descriptor, buffer)
        if count > 0 { take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
      }
    }
  }

  func tryWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
    // A writer that never has to wait lets others run now and then: the other way does that.
    if watched.isTimeToYield(.write) { return nil }
    return try watched.attempt("send", .write, wanted: bytes.count) { Sockets.send($0, bytes) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) async throws -> Int {
    try await watched.perform("send", .write, wanted: bytes.count) { Sockets.send($0, bytes) }
  }

  func write(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int {
    try await watched.perform("sendmsg", .write) { Sockets.send($0, pieces: pieces) }
  }

  func sendFile(_ descriptor: Int32, from offset: Int, count: Int) async throws -> Int? {
    do {
      return try await watched.perform("sendfile", .write) {
        Sockets.sendFile($0, descriptor, from: offset, count: min(count, Self.largestFilePiece))
      }
    } catch let error as SystemError where SystemError.ofMissingSupport.contains(error.errno) {
      return nil
    }
  }

  /// So that a file that is not in memory holds up the loop for short times only.
  private static let largestFilePiece = 1 << 20

  func finishWriting() async throws {
    try watched.withDescriptor { try Sockets.shutdownWriting($0) }
  }

  func close() async { watched.close() }

  func closeNow(reset: Bool) {
    if reset { _ = try? watched.withDescriptor { Sockets.setResetOnClose($0) } }
    watched.close()
  }
}
