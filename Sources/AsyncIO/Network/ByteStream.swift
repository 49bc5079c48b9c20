// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// Bytes in both directions: what ``TCPStream``, ``UnixStream``, ``FileStream`` and TLS streams have in
/// common.
///
/// ```swift
/// let stream = try await TCPStream.connect(to: "example.com", port: 80)
/// try await stream.write("HEAD / HTTP/1.0\r\n\r\n")
/// for try await line in stream.lines { print(String(decoding: line, as: UTF8.self)) }
/// await stream.close()
/// ```
///
/// **Reading** takes what was buffered first, then waits for the peer. One task reads at a time: a second
/// one gets ``StreamBusyError``. A read that is cancelled has taken nothing: its bytes stay for the next.
/// At most 64 KiB is read ahead of what was asked for, and on io_uring at most 512 KiB more, so a peer that sends too fast is
/// held back.
///
/// **Writing** hands everything to the system before it returns, and waits while the peer is slow: there is
/// no buffer that could grow. On io_uring an array of 64 KiB and more goes to other machines without a copy. Writes of several
/// tasks go out one after the other, whole, in the order of the calls. A write that is cancelled before its first byte has left has not happened; later it throws
/// ``IncompleteWriteError``, and nothing can be written any more.
///
/// **The end.** ``close()`` waits for writes under way; ``abort()`` does not. A stream without references
/// is closed, and the log says where it was made: what was written may be lost then.
///
/// From any task and thread.
///
/// Unchecked: what belongs to reading is touched by the task that has set `isReading`; the rest is constant or locked.
open class ByteStream: @unchecked Sendable {
  package let transport: any ByteTransport
  /// The transport, where it is a socket: the common case does without calls through a protocol.
  final let direct: SocketTransport?

  final let isReading = Atomic<Bool>(false)
  // Unchecked: the task that has set `isReading` has them for itself.
  @exclusivity(unchecked) final var input = InputBuffer()
  @exclusivity(unchecked) final var readEnd = ReadEnd.open

  final let turn = WriteTurn()

  /// How a stream ends for its reader.
  enum ReadEnd {
    case open
    case ended
    case failed(any Error)
  }

  /// Where the stream was made; nil for one that need not be closed.
  private final let site: SourceSite?

  package init(_ transport: any ByteTransport, file: StaticString, line: UInt) {
    self.transport = transport
    direct = nil
    site = SourceSite(file, line)
  }

  init(_ transport: any ByteTransport, _ site: SourceSite?) {
    self.transport = transport
    direct = nil
    self.site = site
  }

  init(_ socket: SocketTransport, _ site: SourceSite?) {
    transport = socket
    direct = socket
    self.site = site
  }

  /// Runs `body` on the socket's descriptor unless it is closed.
  final func withSocket<Result>(_ body: (Int32) throws -> Result) throws -> Result {
    guard let direct else { throw StreamClosedError() }
    return try direct.withDescriptor(body)
  }

  deinit {
    // The loop knows the socket, too, and keeps it as long as it is open.
    guard !transport.isClosed else { return }
    if let site {
      Log.warning(
        "the stream with \(transport.subject), made at \(site), was dropped without being closed")
    }
    transport.closeNow(reset: false)
  }

  /// The peer in words: an address, a path or a descriptor.
  public final var peerDescription: String { transport.subject }

  /// Whether the stream was closed on this side.
  public final var isClosed: Bool { transport.isClosed }

  /// Closes the stream, once the writes that are under way are done.
  ///
  /// What was written still reaches the peer. To a TCP peer that is still sending, or has not confirmed everything, the
  /// end of the stream is sent first, and what the peer sends is read and dropped until it stops: for 5 s and 64 MiB
  /// at the most (RFC 9112, section 9.6). Closed with input unread, the connection would be reset, and take away what
  /// is on its way. A task that waits in a read gets ``StreamClosedError``. A second time does nothing.
  ///
  /// **Cancellation.** A task that is cancelled does not wait: the stream is closed at once, and a peer that still sends
  /// may see a reset.
  public final func close() async {
    guard await turn.wait() else {
      turn.finish(.closed)
      return transport.closeNow(reset: false)
    }
    turn.finish(.closed)
    // A task that waits to write has nothing to wait for.
    turn.give()
    await transport.close()
  }

  /// Closes the stream at once: bytes that have not left yet are dropped, and the peer of a TCP
  /// connection sees a reset.
  ///
  /// A second time does nothing.
  public final func abort() {
    turn.finish(.closed)
    transport.closeNow(reset: true)
  }
}

extension ByteStream: CustomStringConvertible {
  /// The peer, and the state of the stream.
  public var description: String {
    var parts = [transport.subject]
    if isClosed {
      parts.append("closed")
    } else if isReading.exchange(true, ordering: .acquiring) {
      parts.append("being read")
    } else {
      defer { endReading() }
      if input.count > 0 { parts.append("\(input.count) bytes buffered") }
      switch readEnd {
      case .open: break
      case .ended: parts.append("at its end")
      case .failed(let error): parts.append("broken: \(error)")
      }
    }
    return "\(type(of: self))(\(parts.joined(separator: ", ")))"
  }
}
