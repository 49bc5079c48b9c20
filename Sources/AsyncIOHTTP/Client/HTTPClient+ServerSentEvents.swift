// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCore

extension HTTPClient {
  /// An event that a server has sent, HTML Standard section 9.2.6.
  public struct ServerSentEvent: Sendable, Hashable {
    /// What kind of event it is; `message` if the server does not say.
    public let name: String
    /// What it says; several lines are joined by a line feed.
    public let data: String
    /// The last identifier that the server has given, which `Last-Event-ID` repeats after a break; empty if there was none.
    public let id: String
    /// How long the server wants a client to wait before it connects again; nil if it has not said so yet.
    public let retry: Duration?
  }

  /// The body of a response as server-sent events.
  public struct ServerSentEvents: AsyncSequence, Sendable {
    let transfer: Transfer

    /// Gives the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let transfer: Transfer
      private var parser = EventStreamParser()

      init(_ transfer: Transfer) { self.transfer = transfer }

      /// The next event, or nil at the end of the body.
      ///
      /// - Throws: ``HTTPError`` when the transfer breaks, or an event has more than 1 MiB; `CancellationError` as soon as the
      ///   task is cancelled.
      public mutating func next() async throws -> ServerSentEvent? {
        while true {
          do {
            if let event = try parser.next() { return ServerSentEvent(event) }
          } catch {
            throw HTTPError(.tooLarge, url: transfer.url, message: error.description)
          }
          guard let chunk = try await transfer.nextChunk() else { return nil }
          parser.append(chunk)
        }
      }
    }

    /// Iterates over the body, once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer) }
  }
}

extension HTTPClient.ServerSentEvent {
  fileprivate init(_ event: EventStreamParser.Event) {
    self.init(
      name: event.name, data: event.data, id: event.id,
      retry: event.retry.map { .milliseconds($0) })
  }
}
