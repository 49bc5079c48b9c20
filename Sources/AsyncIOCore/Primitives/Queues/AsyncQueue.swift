// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Hands items from producers to consumers, first in, first out.
///
/// Python's `Queue`.
///
/// ```swift
/// let queue = AsyncQueue<Int>(maxSize: 10)
/// try await queue.put(item)            // producer: waits while the queue is full
/// let item = try await queue.get()     // consumer: waits while it is empty
/// queue.taskDone()
/// try await queue.join()               // until every item is done
/// ```
///
/// What it can do is described at ``OrderedQueue``.
public typealias AsyncQueue<Element> = OrderedQueue<FIFOBuffer<Element>>
