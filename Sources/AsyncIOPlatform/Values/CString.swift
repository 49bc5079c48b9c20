// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
package import SystemPackage

/// A text with a NUL byte in it, where the system takes text that ends at the first one.
///
/// Cut there, it would name another file, host or variable than the one that was meant, so nothing is done.
public struct NULByteError: Error, Hashable, CustomStringConvertible {
  /// What the text was for, as in `argument 2`.
  public let subject: String
  /// The text.
  public let text: String

  package init(subject: String, text: String) {
    self.subject = subject
    self.text = text
  }

  /// For example `the path "a\0b" contains a NUL byte`.
  public var description: String { "\(subject) \(text.debugDescription) contains a NUL byte" }
}

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

  /// - `subject`: What the text is for, for messages.
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
