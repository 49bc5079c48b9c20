// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a descriptor is opened for.
package enum FileAccess {
  case reading
  case writing
}
