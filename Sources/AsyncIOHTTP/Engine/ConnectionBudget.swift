// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// How many connections a client may have at once, idle ones included.
///
/// Requests that would need more wait in line. What the first of them gets is a connection of its server that has become idle, or the
/// place of one that was closed.
final class ConnectionBudget: Sendable {
  /// The right to one connection.
  final class Place: Sendable {
    private let budget: ConnectionBudget
    private let isHeld = Guarded(true)

    fileprivate init(_ budget: ConnectionBudget) { self.budget = budget }

    deinit { giveBack() }

    func giveBack() {
      let wasHeld = isHeld.withLock { isHeld in
        defer { isHeld = false }
        return isHeld
      }
      if wasHeld { budget.release() }
    }
  }

  /// What a request gets.
  enum Grant: Sendable {
    case place(Place)
    case idle(HTTP1Connection)
  }

  private struct Waiter {
    let id: Int
    let server: ObjectIdentifier
    let mailbox: AsyncQueue<Grant>
  }

  private struct State {
    var free: Int
    var waiters: [Waiter] = []
    var nextID = 0
  }

  private let state: Guarded<State>

  init(limit: Int) { state = Guarded(State(free: limit)) }

  /// Whether requests wait.
  var hasWaiters: Bool { state.withLock { !$0.waiters.isEmpty } }

  /// Waits for a place.
  ///
  /// - Parameter evict: Closes a connection that is idle, if there is one, once the request is in the line.
  func acquire(for server: AnyObject, evict: () -> Void) async throws -> Grant {
    let waiter = state.withLock { state -> Waiter? in
      if state.free > 0, state.waiters.isEmpty {
        state.free -= 1
        return nil
      }
      state.nextID += 1
      let waiter = Waiter(
        id: state.nextID, server: ObjectIdentifier(server), mailbox: AsyncQueue())
      state.waiters.append(waiter)
      return waiter
    }
    guard let waiter else { return .place(Place(self)) }
    evict()
    do {
      return try await waiter.mailbox.get()
    } catch {
      leave(waiter)
      throw error
    }
  }

  /// A request does not wait any more; what it was granted in that moment is for the next.
  private func leave(_ waiter: Waiter) {
    state.withLock { state in state.waiters.removeAll { $0.id == waiter.id } }
    switch waiter.mailbox.tryGet() {
    case .place(let place): place.giveBack()
    case .idle(let connection): connection.close()
    case nil: break
    }
  }

  /// Gives an idle connection to the first request in line, if it is for the same server.
  ///
  /// - Returns: Whether it was taken; otherwise, if requests wait, it has to be closed for them.
  func offer(_ connection: HTTP1Connection, of server: AnyObject) -> Bool {
    let first = state.withLock { state -> Waiter? in
      guard state.waiters.first?.server == ObjectIdentifier(server) else { return nil }
      return state.waiters.removeFirst()
    }
    return first?.mailbox.tryPut(.idle(connection)) ?? false
  }

  private func release() {
    let first = state.withLock { state -> Waiter? in
      if state.waiters.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    if let first { _ = first.mailbox.tryPut(.place(Place(self))) }
  }
}
