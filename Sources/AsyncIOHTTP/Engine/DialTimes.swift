// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// How long the parts of making a connection took; nil for those that there were not.
struct DialTimes: Sendable {
  var resolve: Duration?
  var connect: Duration?
  var tls: Duration?
}
