// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What one thread hands to the loop of another.
package enum InboxItem {
  case entry(ReadyEntry)
  case callback(ScheduledCallback)
}
