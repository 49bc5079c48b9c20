// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@testable import AsyncIO
@testable import AsyncIOCore

/// What the three queues have in common, for the tests that run on each of them.
protocol IntQueue: Sendable {
  func put(_ element: sending Int) async throws
  func get() async throws -> sending Int
  func tryPut(_ element: sending Int) -> Bool
  func tryGet() -> sending Int?
  func tryPeek() -> Int?
  func taskDone()
  func join() async throws
  func shutdown(immediate: Bool)
  /// `withItem`, with a body that all of them can take.
  func useItem(_ body: @Sendable (Int) async throws -> Void) async throws
  /// Iterates to the end, or until `body` throws.
  func forEach(_ body: @Sendable (Int) async throws -> Void) async throws
  var count: Int { get }
  var isEmpty: Bool { get }
  var isFull: Bool { get }
  var unfinished: Int { get }
  var statistics: QueueStatistics { get }
}

enum QueueKind: Sendable, CaseIterable {
  case fifo, priority, lifo

  func make(maxSize: Int = 0) -> any IntQueue {
    switch self {
    case .fifo: AsyncQueue<Int>(maxSize: maxSize)
    case .priority: AsyncPriorityQueue<Int>(maxSize: maxSize)
    case .lifo: AsyncLIFOQueue<Int>(maxSize: maxSize)
    }
  }
}

extension OrderedQueue: IntQueue where Buffer.Element == Int {
  func useItem(_ body: @Sendable (Int) async throws -> Void) async throws {
    try await withItem { item in try await body(item) }
  }

  func forEach(_ body: @Sendable (Int) async throws -> Void) async throws {
    for try await item in self { try await body(item) }
  }
}
