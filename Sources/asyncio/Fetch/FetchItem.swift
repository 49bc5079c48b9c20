// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation
import HTTPTypes

/// One URL to fetch.
struct FetchItem: Sendable {
  /// Its place in the input, from 0.
  let index: Int
  let url: String
}
