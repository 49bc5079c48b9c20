// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Synchronization

/// A connected stream socket.
///
/// Unchecked: the peer is set before other code knows the socket; what belongs to a read is touched by the
/// one task that reads, or by the loop while that task is suspended.
final class SocketTransport: WatchedDescriptor, ByteTransport, @unchecked Sendable {
  /// What the loop has read for a task that waited.
  private enum Arrival {
    case nothing
    case bytes([UInt8])
    case failure(SystemError)
  }

  let isTCP: Bool
  private(set) var peer: SocketAddress?
  /// How many bytes the task that waits would like to be woken with; 0 when it is to be woken only.
  private var wanted = 0
  private var arrival = Arrival.nothing
  /// What is called when the peer sends no more.
  private let peerFinish = Guarded<(@Sendable () -> Void)?>(nil)

  /// Takes over a connected socket, which must not block; closes it when that fails.
  init(
    _ descriptor: Int32, on loop: EventLoop, isTCP: Bool = false, isConnecting: Bool = false,
    isAdopted: Bool = false
  ) throws {
    self.isTCP = isTCP
    try super.init(
      descriptor, on: loop, usesRing: true, isTCP: isTCP, isConnecting: isConnecting,
      isAdopted: isAdopted)
  }

  /// Whether it is worth a try to send what is large without a copy.
  var omitsCopies: Bool {
    get { !copying.isNeeded.load(ordering: .relaxed) }
    set { copying.isNeeded.store(!newValue, ordering: .relaxed) }
  }
  let copying = Copying()

  func setPeer(_ peer: SocketAddress) {
    self.peer = peer
    // What goes to this machine is copied in any case.
    omitsCopies = inbox != nil && peer.family != .unix && !peer.isLoopback
  }

  var subject: String { peer?.description ?? "descriptor \(descriptor)" }

  func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
    try await perform("recv", .read, wanted: buffer.count) {
      source.receive($0, into: buffer)
    }
  }

  func read(upTo limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws -> Int {
    let wanted = min(limit, Scratch.size)
    return try await perform("recv", .read, wanted: wanted) { descriptor in
      Scratch.with(wanted) { buffer in
        let count = source.receive(descriptor, into: buffer)
        if count > 0 { take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
      }
    }
  }

  /// The way of most reads: few calls, and one array.
  @inline(__always)
  func read(upTo limit: Int) async throws -> [UInt8] {
    let limit = min(limit, Scratch.size)
    var arrival = try receive(limit)
    while case .nothing = arrival {
      // The loop reads in its place, so that it is woken once, and with what it wants.
      wanted = limit
      defer { wanted = 0 }
      try await wait(for: .read)
      swap(&arrival, &self.arrival)
      if case .nothing = arrival { arrival = try receive(limit) }
    }
    switch arrival {
    case .failure(let error): throw error
    case .nothing: return []
    case .bytes(let bytes):
      if countsAsTurn(.read) { await Task.yield() }
      return bytes
    }
  }

  override func readForWaiter() {
    guard wanted > 0 else { return }
    do {
      arrival = try receive(wanted, loop.scratch)
    } catch let error as SystemError {
      arrival = .failure(error)
    } catch {
      // Closed: the task will find that out.
    }
  }

  @inline(__always)
  private func receive(
    _ limit: Int, _ scratch: UnsafeMutableRawBufferPointer? = nil
  ) throws -> Arrival {
    var bytes: [UInt8] = []
    let count = try attempt("recv", .read, wanted: limit) {
      source.receive($0, upTo: limit, scratch, into: &bytes)
    }
    return count == nil ? .nothing : .bytes(bytes)
  }

  /// Whether nothing has come that was not read, and the peer has not gone: a system call only if there was a report.
  var isQuiet: Bool {
    if let inbox { return inbox.withLock { $0.isQuiet } }
    guard reading.snapshot.isReady else { return true }
    return (try? withDescriptor { Sockets.hasInput($0) }) == false
  }

  // MARK: The end of the peer's half

  var hasPeerFinished: Bool { reading.snapshot.isFinal }

  func onPeerFinish(_ body: (@Sendable () -> Void)?) { peerFinish.withLock { $0 = body } }

  override func peerDidFinish() { peerFinish.withLock { $0 }?() }

  // MARK: What the ring brings

  override var nextRingReceive: RingReceive { isTCP ? .bytes : .piece }

  override func ringDidReceive(_ result: Int32, _ bytes: UnsafeRawBufferPointer) {
    switch result {
    case 1...: keep(bytes)
    // It will be asked again: there was no room for more, or it was stopped.
    case -SystemError.noBufferSpace, -SystemError.tryAgain, -SystemError.interrupted,
      RingRequest.cancelled:
      break
    default:
      inbox?.withLock { $0.noteEnd(result) }
      report([.read, .readEnd])
    }
  }

  @inline(__always)
  private func keep(_ bytes: UnsafeRawBufferPointer) {
    // A task that waits has taken everything that came before.
    guard reading.claimWait() else { return deliver(bytes) }
    countWaitEnd()
    if bytes.count <= wanted {
      arrival = .bytes([UInt8](bytes))
    } else {
      deliver(bytes)
    }
    reading.grant()
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    let count = inbox?.withLock {
      $0.append(bytes)
      return $0.byteCount
    }
    if count ?? 0 >= Self.maxUnreadBytes { source.pause(self) }
    report(.read)
  }

  /// With so many bytes that were not asked for the ring stops.
  private static let maxUnreadBytes = 65536

  // MARK: Writing

  @inline(__always)
  func tryWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
    // A writer that never has to wait lets others run now and then: the other way does that.
    if isTimeToYield(.write) { return nil }
    return try attempt("send", .write, wanted: bytes.count) { Sockets.send($0, bytes) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) async throws -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    return try await perform("send", .write, wanted: bytes.count) {
      Sockets.send($0, bytes)
    } orByRing: {
      sending(start, bytes.count, by: $0)
    }
  }

  func write(_ pieces: [UnsafeRawBufferPointer]) async throws -> Int {
    try await perform("sendmsg", .write) {
      Sockets.send($0, pieces: pieces)
    } orByRing: {
      sending(pieces, by: $0)
    }
  }

  func sendFile(_ descriptor: Int32, from offset: Int, count: Int) async throws -> Int? {
    do {
      return try await perform("sendfile", .write) {
        Sockets.sendFile($0, descriptor, from: offset, count: min(count, Self.largestFilePiece))
      }
    } catch let error as SystemError where SystemError.missingSupportCodes.contains(error.errno) {
      return nil
    }
  }

  /// So that a file that is not in memory holds up the loop for short times only.
  private static let largestFilePiece = 1 << 20

  func finishWriting() async throws {
    try withDescriptor { try Sockets.shutdownWriting($0) }
  }
}
