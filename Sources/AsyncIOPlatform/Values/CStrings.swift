// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
internal import SystemPackage

/// Texts for C, with a null pointer at the end: arguments, or variables.
///
/// Unchecked: the memory does not change.
package final class CStrings: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let strings: [CString]

  package init(_ strings: [CString]) {
    self.strings = strings
    pointer = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() {
      pointer[index] = UnsafeMutablePointer(mutating: string.pointer)
    }
    pointer[strings.count] = nil
  }

  deinit { pointer.deallocate() }
}
