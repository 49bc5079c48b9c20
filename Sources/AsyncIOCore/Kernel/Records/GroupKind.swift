// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The function that started a child as one of many.
@usableFromInline
package enum GroupKind: String, Sendable {
  case gather, gatherResults, race, asCompleted
}
