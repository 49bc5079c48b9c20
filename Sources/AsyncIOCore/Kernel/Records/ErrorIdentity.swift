// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Tells error values apart by the box they travel in, which rethrowing keeps.
struct ErrorIdentity: Hashable {
  private let bits: UInt
  // "as any Error": the box itself, not the value in it.
  init(_ error: any Error) { bits = unsafeBitCast(error as any Error, to: UInt.self) }
}
