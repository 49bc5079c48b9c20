// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Tells error values apart by the box they travel in, which rethrowing keeps.
///
/// Compares the bytes of the references: two boxes that live at the same time have different ones.
struct ErrorIdentity: Hashable {
  private let bits: UInt

  init(_ error: any Error) {
    bits = withUnsafeBytes(of: Reference(error: error)) { bytes in
      bytes.count >= MemoryLayout<UInt>.size ? bytes.loadUnaligned(as: UInt.self) : 0
    }
  }

  // Passed on by itself, the error would be opened: its value compared, not its box.
  private struct Reference {
    let error: any Error
  }
}
