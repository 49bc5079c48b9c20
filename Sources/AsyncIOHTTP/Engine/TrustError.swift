// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The certificates to trust cannot be read.
struct TrustError: Error, CustomStringConvertible {
  let cause: any Error
  var description: String { "the certificates to trust cannot be read: \(cause)" }
}
