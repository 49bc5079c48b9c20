// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Glibc
import HTTPTypes

/// A section of the tour.
struct TourSection: Sendable {
  let name: String
  let title: String
  /// The few lines that matter, as one would write them.
  let code: String
  let run: @Sendable (Tour, Timeline) async throws -> Void
}
