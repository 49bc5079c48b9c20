// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Hands items from producers to consumers, smallest first; items that are equal leave in the order of their arrival.
///
/// Python's `PriorityQueue`. What it can do is described at ``OrderedQueue``.
public typealias AsyncPriorityQueue<Element: Comparable> = OrderedQueue<PriorityBuffer<Element>>
