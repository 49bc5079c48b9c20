// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A place in the source: half as large as with a `StaticString`, which knows its length, too.
@usableFromInline
package struct SourceSite: Sendable, CustomStringConvertible {
  /// A path, as the compiler leaves it in the program, with a zero at its end.
  ///
  /// Unchecked: a literal never changes, and stays for as long as the program runs.
  @usableFromInline
  struct File: @unchecked Sendable {
    @usableFromInline let start: UnsafePointer<UInt8>?

    @inlinable
    init(_ name: StaticString) {
      // A name of one character may have no address.
      start = name.hasPointerRepresentation ? name.utf8Start : nil
    }

    fileprivate init(keeping name: String) {
      let bytes = Array(name.utf8) + [0]
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
      memory.initialize(from: bytes, count: bytes.count)
      start = UnsafePointer(memory)
    }
  }

  @usableFromInline let file: File
  @usableFromInline let line: UInt32

  @inlinable
  package init(_ file: StaticString, _ line: UInt) {
    self.init(File(file), UInt32(clamping: line))
  }

  @inlinable
  init(_ file: File, _ line: UInt32) {
    self.file = file
    self.line = line
  }

  /// A place without a line: what is said of it is kept for as long as the program runs.
  package init(named name: String) {
    file = File(keeping: name)
    line = 0
  }

  @usableFromInline
  package var description: String {
    let name = file.start.map { String(cString: $0) } ?? "?"
    return line == 0 ? name : "\(name):\(line)"
  }
}
