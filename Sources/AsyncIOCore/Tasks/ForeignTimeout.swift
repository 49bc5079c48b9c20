// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@usableFromInline
struct ForeignTimeout: Error {
  @usableFromInline let error: TimeoutError

  @inlinable
  init(error: TimeoutError) { self.error = error }
}
