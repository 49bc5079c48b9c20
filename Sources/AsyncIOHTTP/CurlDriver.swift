// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import CCurl

/// libcurl's multi handle on an event loop: libcurl says which sockets and which timer it waits
/// for, the loop tells it when they are ready (curl_multi_socket_action(3)).
///
/// Unchecked: everything but `start`, `end` and `resume` happens on the loop's thread, and these go
/// there.
final class CurlDriver: @unchecked Sendable {
  let loop: EventLoop
  private let multi: UnsafeMutableRawPointer
  private var transfers: [ObjectIdentifier: Transfer] = [:]
  private var sockets: [curl_socket_t: Socket] = [:]
  private var timer: TimerHandle?
  private var isClosed = false

  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private struct Socket {
    var wantsRead = false
    var wantsWrite = false
    var reader: DescriptorWatch?
    var writer: DescriptorWatch?
  }

  init(_ loop: EventLoop, _ configuration: HTTPClient.Configuration) throws {
    guard Self.isReady, let multi = curl_multi_init() else {
      throw HTTPError(.other, url: "", message: "libcurl cannot be initialised")
    }
    self.loop = loop
    self.multi = multi
    ccurl_multi_set_long(
      multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxConnectionsPerHost)
    ccurl_multi_set_callbacks(
      multi,
      { _, socket, what, context, _ in
        guard let context else { return 0 }
        Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
        return 0
      },
      { _, milliseconds, context in
        guard let context else { return 0 }
        Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
        return 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    // Without transfers, since each holds its driver: only idle connections are closed here.
    // Watches and timer hold no strong reference and find nobody.
    ccurl_multi_set_callbacks(multi, { _, _, _, _, _ in 0 }, { _, _, _ in 0 }, nil)
    curl_multi_cleanup(multi)
  }

  // MARK: From any thread

  func start(_ transfer: Transfer) {
    loop.perform { [self] in
      guard !isClosed else { return transfer.abandon() }
      transfers[ObjectIdentifier(transfer)] = transfer
      let status = curl_multi_add_handle(multi, transfer.easyHandle)
      if status != CURLM_OK {
        transfers[ObjectIdentifier(transfer)] = nil
        transfer.finish(CURLE_FAILED_INIT)
      }
    }
  }

  /// Ends a transfer in any state, from any thread.
  func end(_ transfer: Transfer) {
    loop.perform { [self] in
      if transfers.removeValue(forKey: ObjectIdentifier(transfer)) != nil {
        curl_multi_remove_handle(multi, transfer.easyHandle)
      }
      transfer.free()
    }
  }

  func resume(_ transfer: Transfer) {
    loop.perform { [self] in
      guard transfers[ObjectIdentifier(transfer)] != nil, transfer.resumeIfPaused() else { return }
      // libcurl may have read on at once, and even come to the end.
      finishDone()
    }
  }

  /// Ends all transfers.
  func close() {
    loop.perform { [self] in
      isClosed = true
      for transfer in transfers.values {
        curl_multi_remove_handle(multi, transfer.easyHandle)
        transfer.abandon()
      }
      transfers = [:]
      timer?.cancel()
      for socket in sockets.values {
        socket.reader?.cancel()
        socket.writer?.cancel()
      }
      sockets = [:]
    }
  }

  // MARK: What libcurl asks for

  private func watch(_ descriptor: curl_socket_t, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      let socket = sockets.removeValue(forKey: descriptor)
      socket?.reader?.cancel()
      socket?.writer?.cancel()
      return
    }
    var socket = sockets[descriptor] ?? Socket()
    socket.wantsRead = what == CURL_POLL_IN || what == CURL_POLL_INOUT
    socket.wantsWrite = what == CURL_POLL_OUT || what == CURL_POLL_INOUT
    arm(&socket, descriptor)
    sockets[descriptor] = socket
  }

  /// Makes what is watched fit what is wanted.
  private func arm(_ socket: inout Socket, _ descriptor: curl_socket_t) {
    if !socket.wantsRead {
      socket.reader?.cancel()
      socket.reader = nil
    } else if socket.reader == nil {
      socket.reader = DescriptorWatch(loop, descriptor, forWriting: false) { [weak self] in
        self?.socketIsReady(descriptor, CURL_CSELECT_IN)
      }
    }
    if !socket.wantsWrite {
      socket.writer?.cancel()
      socket.writer = nil
    } else if socket.writer == nil {
      socket.writer = DescriptorWatch(loop, descriptor, forWriting: true) { [weak self] in
        self?.socketIsReady(descriptor, CURL_CSELECT_OUT)
      }
    }
  }

  private func setTimer(_ milliseconds: Int) {
    timer?.cancel()
    timer = nil
    guard milliseconds >= 0 else { return }
    // Never from inside this callback, even for 0: libcurl must have returned first.
    timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in
      self?.act(CURL_SOCKET_TIMEOUT, 0)
    }
  }

  // MARK: What the loop tells

  private func socketIsReady(_ descriptor: curl_socket_t, _ direction: Int32) {
    guard sockets[descriptor] != nil else { return }
    if direction == CURL_CSELECT_IN {
      sockets[descriptor]?.reader = nil
    } else {
      sockets[descriptor]?.writer = nil
    }
    act(descriptor, direction)
    // A watch reports once; libcurl expects to hear until it says otherwise.
    guard var socket = sockets[descriptor] else { return }
    arm(&socket, descriptor)
    sockets[descriptor] = socket
  }

  private func act(_ descriptor: curl_socket_t, _ direction: Int32) {
    var running: Int32 = 0
    curl_multi_socket_action(multi, descriptor, direction, &running)
    finishDone()
  }

  private func finishDone() {
    var code = CURLE_OK
    while let easy = ccurl_multi_next_done(multi, &code) {
      guard let transfer = Transfer.of(easy) else { continue }
      transfers[ObjectIdentifier(transfer)] = nil
      // The handle goes back before a task learns of the end, so that its connection is free.
      let detail = code
      curl_multi_remove_handle(multi, easy)
      transfer.finish(detail)
    }
  }
}
