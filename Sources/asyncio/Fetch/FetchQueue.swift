// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import FoundationEssentials
import Glibc
import Synchronization

/// The items that were read and are not begun: a bounded number, and at most so many of one host at a time.
///
/// An item whose host is busy waits in the line of that host, and holds up no other.
final class FetchQueue: Sendable {
  private struct Host {
    var active = 0
    var waiting: [FetchItem] = []
  }

  private struct State {
    var hosts: [String: Host] = [:]
    var waiting = 0
    var isComplete = false
  }

  private let perHost: Int?
  private let ready = AsyncQueue<FetchItem>()
  private let room: AsyncSemaphore
  private let state = Mutex(State())

  /// - Parameters:
  ///   - room: How many items may wait.
  ///   - perHost: How many items of one host are begun at the same time; nil for no limit.
  init(room: Int, perHost: Int?) {
    self.room = AsyncSemaphore(permits: room)
    self.perHost = perHost
  }

  /// Adds an item; waits for room.
  func put(_ item: FetchItem) async throws {
    try await room.acquire()
    guard let perHost, item.problem == nil else { return _ = ready.tryPut(item) }
    let isReady = state.withLock { state in
      var host = state.hosts.removeValue(forKey: Self.host(of: item)) ?? Host()
      let isReady = host.active < perHost
      if isReady {
        host.active += 1
      } else {
        host.waiting.append(item)
        state.waiting += 1
      }
      state.hosts[Self.host(of: item)] = host
      return isReady
    }
    if isReady { _ = ready.tryPut(item) }
  }

  /// Nothing is added any more.
  func complete() {
    let isEmpty = state.withLock { state in
      state.isComplete = true
      return state.waiting == 0
    }
    if isEmpty { ready.shutdown() }
  }

  /// The next item; nil when all were taken.
  func next() async throws -> FetchItem? {
    do {
      let item = try await ready.get()
      room.release()
      return item
    } catch is QueueShutDownError {
      return nil
    }
  }

  /// An item is done: the next of its host may begin.
  func finish(_ item: FetchItem) {
    guard perHost != nil, item.problem == nil else { return }
    let (next, isLast) = state.withLock { state -> (FetchItem?, Bool) in
      let name = Self.host(of: item)
      guard var host = state.hosts.removeValue(forKey: name) else { return (nil, false) }
      if host.waiting.isEmpty {
        host.active -= 1
        if host.active > 0 { state.hosts[name] = host }
        return (nil, false)
      }
      let next = host.waiting.removeFirst()
      state.waiting -= 1
      state.hosts[name] = host
      return (next, state.isComplete && state.waiting == 0)
    }
    if let next { _ = ready.tryPut(next) }
    if isLast { ready.shutdown() }
  }

  /// The host of a URL, with its port: what lies between `//` and the path.
  private static func host(of item: FetchItem) -> String {
    guard let slashes = item.url.firstRange(of: "//") else { return "" }
    let authority = item.url[slashes.upperBound...].prefix { !"/?#\\".contains($0) }
    let host =
      authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return host.lowercased()
  }
}
