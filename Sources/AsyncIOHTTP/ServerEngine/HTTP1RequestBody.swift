// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import HTTPTypes

/// The body of a request of HTTP/1.1, as it comes.
///
///     unread ──first read──► (100 Continue) ──► reading ──► ended
///                                                   └────► failed
///
/// Unchecked: used on the connection's loop, by one task at a time; the stream sees to that.
final class HTTP1RequestBody: RequestBodySource, @unchecked Sendable {
  /// A task that reads may outlive the request: it must find it.
  private let connection: HTTP1ServerConnection
  private var decoder: BodyDecoder
  private var pace = BodyPace()
  private(set) var trailers = HTTPFields()
  private(set) var isComplete = false
  /// What every further read gets.
  private var failure: (any Error)?
  /// The client waits for a word before it sends anything.
  private var awaitsContinue: Bool

  init(_ connection: HTTP1ServerConnection, _ head: RequestHead) {
    self.connection = connection
    decoder = BodyDecoder(head.framing)
    awaitsContinue = head.expectsContinue
  }

  /// Whether what is left can be read and dropped, so that the connection can be used again.
  func canBeDropped(within limit: Int) -> Bool {
    if isComplete { return true }
    return failure == nil && !awaitsContinue && decoder.remainingLength ?? 0 <= limit
  }

  func next() async throws -> [UInt8]? {
    if let failure { throw failure }
    if isComplete { return nil }
    do {
      if awaitsContinue { try await sendContinue() }
      return try await nextPiece()
    } catch {
      // Cut off, a message has no end that could be found.
      failure = self.failure ?? Self.cause(error)
      if let failure, !(error is CancellationError) { throw failure }
      failure = nil
      throw error
    }
  }

  private func sendContinue() async throws {
    awaitsContinue = false
    // Too late once the answer has begun.
    guard connection.phase == .handling else { return }
    try await connection.stream.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
  }

  private func nextPiece() async throws -> [UInt8]? {
    let limit = connection.core.configuration.timeouts.body
    let began = connection.watch.begin(.body, within: limit.map { pace.time(for: $0) })
    defer { connection.watch.rest(.input) }
    var piece: [UInt8]?
    do {
      try await connection.stream.parse { bytes, isLast in
        var position = 0
        switch try self.decoder.next(in: bytes, at: &position, isLast: isLast) {
        case .data(let range):
          piece = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[range]))
          return (true, position)
        case .needsMore: return (false, position)
        case .end(let fields):
          trailers = fields
          return (true, position)
        }
      }
    } catch let error where connection.watch.expired == .body {
      _ = error
      throw StatusError(.requestTimeout)
    }
    pace.note(piece?.count ?? 0, after: began.duration(to: .now))
    let most = connection.core.configuration.limits.body
    if pace.received > most {
      throw StatusError(.contentTooLarge, "a body may have \(most) bytes at the most")
    }
    if piece == nil || decoder.hasEnded { isComplete = true }
    return piece
  }

  private static func cause(_ error: any Error) -> any Error {
    switch error {
    case let error as WireError where error.reason != .truncated:
      StatusError(.init(refusing: error), "the body is malformed: \(error)")
    case is StatusError, is CancellationError, is StreamBusyError: error
    default: ClientDisconnectedError()
    }
  }

  /// The request is over: the bytes that come now are another's.
  func close() { if !isComplete, failure == nil { failure = ClientDisconnectedError() } }

  /// Reads and drops what is left; false when that is too much.
  func drop(upTo limit: Int) async throws -> Bool {
    var left = limit
    while let piece = try await next() {
      left -= piece.count
      if left < 0 { return false }
    }
    return true
  }
}
