// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a task that waited for room gets.
@usableFromInline
enum Admission {
  case admitted
  case shutDown
}
