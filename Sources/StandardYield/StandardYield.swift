// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The standard library's `Task.yield()`.
///
/// A module of its own, because in AsyncIO its own `yield()` stands in front of it.
public func standardYield() async { await Task.yield() }
