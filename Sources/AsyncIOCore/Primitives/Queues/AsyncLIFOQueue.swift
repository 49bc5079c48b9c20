// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Hands items from producers to consumers, last in, first out: a stack.
///
/// Python's `LifoQueue`. What it can do is described at ``OrderedQueue``.
public typealias AsyncLIFOQueue<Element> = OrderedQueue<LIFOBuffer<Element>>
