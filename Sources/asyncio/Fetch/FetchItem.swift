// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// One URL to fetch, or a line that is none.
struct FetchItem: Sendable {
  /// Its place in the input, from 0.
  let index: Int
  /// The URL; of a line that is none, what is readable of it.
  let url: String
  /// Where it was given, and what is wrong with it; nil for a URL.
  var problem: String?
}
