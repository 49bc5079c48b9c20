// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a task that waited for an item gets.
@usableFromInline
enum Take<Element> {
  case item(Queued<Element>)
  case shutDown
}
