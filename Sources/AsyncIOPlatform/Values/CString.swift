// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
package import SystemPackage

/// A text as C takes it, at an address that stays: the bytes, unaltered, and a zero behind them.
///
/// The one way from strings and paths to C. Unchecked: the memory does not change.
package final class CString: @unchecked Sendable {
  package let pointer: UnsafePointer<CChar>

  private init(_ bytes: some Collection<UInt8>) {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
    _ = UnsafeMutableBufferPointer(start: memory, count: bytes.count).initialize(from: bytes)
    memory[bytes.count] = 0
    pointer = UnsafeRawPointer(memory).assumingMemoryBound(to: CChar.self)
  }

  /// - Parameter subject: What the text is for, for messages.
  package convenience init(_ text: String, as subject: String) throws(NULByteError) {
    guard !text.utf8.contains(0) else { throw NULByteError(subject: subject, text: text) }
    self.init(Array(text.utf8))
  }

  /// A path, whose bytes need not be UTF-8.
  package convenience init(_ path: FilePath) { self.init(path.bytes) }

  /// What C has already, up to the first zero.
  package convenience init(copying text: UnsafePointer<CChar>) {
    self.init(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  /// A path that was put together of texts of C.
  package convenience init(path bytes: some Collection<UInt8>) { self.init(bytes) }

  package static let empty = CString([])

  deinit { UnsafeMutablePointer(mutating: pointer).deallocate() }

  /// The bytes, without the zero.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))
  }
}

extension FilePath {
  /// The bytes of the path, as they are.
  package var bytes: [UInt8] {
    withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: length)) }
  }

  /// The path of a text.
  ///
  /// `FilePath` itself ends a text at its first NUL byte, and says nothing.
  package init(checking text: String, as subject: String = "the path") throws(NULByteError) {
    guard !text.utf8.contains(0) else { throw NULByteError(subject: subject, text: text) }
    self.init(text)
  }
}
