// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import CCurl
internal import HTTPTypes
internal import Synchronization

/// One request under way: its libcurl handle, and what has come of the response.
///
/// Unchecked: made in one task and handed to the loop's thread, which owns the handle and the
/// header from `start` on; what both sides use is atomic or locks itself.
final class Transfer: @unchecked Sendable {
  /// Bytes that may wait for the consumer before libcurl is told to pause.
  private static let highWater = 64 << 10

  let url: String
  let head = Completion<HTTPClient.ResponseHead>()
  private let easy: UnsafeMutableRawPointer
  private let chunks = AsyncQueue<[UInt8]>()
  private let buffered = Atomic<Int>(0)
  private let driver: CurlDriver
  private let failure = Mutex<(any Error)?>(nil)

  // Loop's thread.
  private var header = HeaderParser()
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var isPaused = false
  private var isFreed = false

  init(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration, _ driver: CurlDriver
  ) throws {
    url = request.url
    self.driver = driver
    guard let easy = curl_easy_init() else {
      throw HTTPError(.other, url: request.url, message: "libcurl cannot make a transfer")
    }
    self.easy = easy
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    do {
      headerList = try EasyOptions(easy, url: url).apply(request, configuration)
    } catch {
      free()
      throw error
    }
    ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    connectCallbacks()
  }

  deinit { free() }

  var easyHandle: UnsafeMutableRawPointer { easy }

  static func of(_ easy: UnsafeMutableRawPointer) -> Transfer? {
    ccurl_get_private(easy).map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Gives libcurl's handle back.
  ///
  /// On the loop's thread, or before the start.
  func free() {
    guard !isFreed else { return }
    isFreed = true
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  // MARK: libcurl's side, on the loop's thread

  private func connectCallbacks() {
    let me = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(easy, CURLOPT_PRIVATE, me)
    ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me)
    ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me)
    ccurl_set_body_callback(easy) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    ccurl_set_header_callback(easy) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      transfer.header.add(String(decoding: line, as: UTF8.self))
      return size * count
    }
  }

  /// Takes a piece of the body, or asks libcurl to keep it and pause.
  private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    publishHead()
    if buffered.load(ordering: .acquiring) >= Self.highWater {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    buffered.wrappingAdd(bytes.count, ordering: .acquiringAndReleasing)
    _ = chunks.tryPut([UInt8](bytes))
    return bytes.count
  }

  private func publishHead() {
    head.completeOnce(
      .success(header.head(finalURL: finalURL)))
  }

  private var finalURL: String {
    ccurl_get_string(easy, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) } ?? url
  }

  /// The transfer is over.
  func finish(_ code: CURLcode) {
    if code == CURLE_OK {
      publishHead()
    } else {
      let error = HTTPError(
        code, url: url, detail: String(cString: errorText), easy: easy)
      failure.withLock { $0 = error }
      head.completeOnce(.failure(error))
    }
    chunks.shutdown()
  }

  /// The client was closed, or its loop ended.
  func abandon() {
    let error = HTTPError(.other, url: url, message: "the client or its event loop has ended")
    failure.withLock { $0 = error }
    head.completeOnce(.failure(error))
    chunks.shutdown()
  }

  /// Lets a paused transfer go on, once the consumer has made room.
  func resumeIfPaused() -> Bool {
    guard isPaused, !isFreed, buffered.load(ordering: .acquiring) < Self.highWater / 2 else {
      return false
    }
    isPaused = false
    curl_easy_pause(easy, CURLPAUSE_CONT)
    return true
  }

  // MARK: The consumer's side

  func nextChunk() async throws -> [UInt8]? {
    do {
      let chunk = try await chunks.get()
      let left = buffered.wrappingSubtract(chunk.count, ordering: .acquiringAndReleasing).newValue
      if left < Self.highWater / 2 { driver.resume(self) }
      return chunk
    } catch is QueueShutDownError {
      if let error = failure.withLock({ $0 }) { throw error }
      return nil
    }
  }
}
