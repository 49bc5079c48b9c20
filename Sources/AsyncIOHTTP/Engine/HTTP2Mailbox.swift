// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTP2Core

/// What one task of a connection of HTTP/2 is told.
///
/// A list with a bell, and no queue: there is one of these for each request, and one task that takes.
final class HTTP2Mailbox: Sendable {
  enum Item: Sendable {
    case event(HTTP2Event)
    /// There may be room for more of a body.
    case room
    /// No task reads: it is this one's turn.
    case lead
    case failed(any Error)
  }

  private let items = Guarded<[Item]>([])
  private let bell = AsyncEvent()

  func put(_ item: Item) {
    items.withLock { $0.append(item) }
    bell.set()
  }

  var isEmpty: Bool { items.withLock { $0.isEmpty } }

  /// The next item; nil if there is none, and then `wait` waits for one.
  func take() -> Item? {
    items.withLock { items in
      if items.isEmpty {
        bell.clear()
        return nil
      }
      return items.removeFirst()
    }
  }

  /// Waits until there is an item.
  func wait() async throws { try await bell.wait() }
}
