// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How a wait ended.
@usableFromInline
package enum Outcome<Grant> {
  case granted(Grant)
  case cancelled
}

extension Outcome: Sendable where Grant: Sendable {}
