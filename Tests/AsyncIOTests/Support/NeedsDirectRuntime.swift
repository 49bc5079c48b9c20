// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIOCore

extension Trait where Self == ConditionTrait {
  /// For what only the direct implementation of `Runtime` can do: takeover, and telling that nobody can await a task any more.
  static var needsDirectRuntime: Self {
    .enabled(if: Runtime.implementation == .direct, "the standard library does not offer it")
  }
}
