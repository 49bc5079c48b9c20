// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTP2Core
internal import HTTPCore
internal import HTTPTypes

/// A request and its answer by HTTP/2.
///
/// Unchecked: one task uses it.
final class HTTP2Exchange: Exchange, @unchecked Sendable {
  private let connection: HTTP2Connection
  private let request: Outgoing
  private let giveBack: () -> Void
  private var stream: StreamID?
  private var isWhole = false
  private var hasEnded = false
  private var isFinished = false

  /// So many heads of 1xx may come before the final one.
  private static let mostInformational = 16

  init(_ connection: HTTP2Connection, _ request: Outgoing, giveBack: @escaping () -> Void) {
    self.connection = connection
    self.request = request
    self.giveBack = giveBack
  }

  func begin() async throws -> IncomingHead {
    let opened: (stream: StreamID, wasReused: Bool)
    do {
      opened = try connection.open(request)
    } catch let error as HTTP2Error where error != .noNewStreams {
      throw error
    } catch {
      throw ExchangeFailure(cause: error, progress: .unprocessed, wasReused: true)
    }
    stream = opened.stream
    do {
      try await connection.flush()
      return try await readHead(opened.stream, opened.wasReused)
    } catch let error where Self.isOfConnection(error) {
      throw ExchangeFailure(cause: error, progress: .sent, wasReused: opened.wasReused)
    }
  }

  private static func isOfConnection(_ error: any Error) -> Bool {
    !(error is CancellationError || error is ExchangeFailure || error is HTTP2Error
      || error is WireError)
  }

  private func readHead(_ stream: StreamID, _ wasReused: Bool) async throws -> IncomingHead {
    var informational = 0
    while true {
      switch try await connection.next(stream) {
      case .response(_, let status, _, _) where status < 200:
        informational += 1
        guard informational <= Self.mostInformational else {
          throw WireError(.tooManyInformationalHeads)
        }
      case .response(_, let status, let fields, let isLast):
        hasEnded = isLast
        return IncomingHead(status: status, fields: .list(fields), version: "2")
      case .closed(_, let code):
        isWhole = true
        throw ExchangeFailure(
          cause: StreamResetError(code: code),
          progress: code == .refusedStream ? .unprocessed : .answered, wasReused: wasReused)
      default: continue
      }
    }
  }

  func nextChunk() async throws -> [UInt8]? {
    guard let stream, !hasEnded else { return nil }
    while true {
      switch try await connection.next(stream) {
      case .data(_, let bytes):
        try await connection.consume(stream, bytes.count)
        if !bytes.isEmpty { return bytes }
      case .end:
        hasEnded = true
        return nil
      case .closed(_, let code):
        // The end would have come before: this is a body that was cut, whatever the code says.
        isWhole = true
        hasEnded = true
        throw StreamResetError(code: code)
      default: continue
      }
    }
  }

  func finish() {
    if isFinished { return }
    isFinished = true
    if let stream { connection.finish(stream, isWhole: isWhole || hasEnded) }
    giveBack()
  }
}
