// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Which parts of a request's path may name files.
package enum FilePathRule {
  package enum Refusal: Error, Equatable {
    /// 400: no path.
    case malformed
    /// 404: no name of a file that is served.
    case forbidden
  }

  /// The path of a file below a directory: decoded once, and no way out of it.
  ///
  /// The system is asked to stay below the directory, too; this is so that all systems answer in the same way, and that no other
  /// reader of the path sees another file in it.
  ///
  /// - Parameter segments: What is between the slashes of the path, as it was sent.
  package static func path(
    _ segments: some Sequence<Substring.UTF8View.SubSequence>, servesHidden: Bool
  ) throws(Refusal) -> [[UInt8]] {
    var names: [[UInt8]] = []
    for segment in segments {
      let name = try decoded(segment)
      // A NUL ends a name for the system, and a slash or backslash from an encoding is a part for some readers.
      if name.contains(where: { $0 == 0x00 || $0 == 0x2F || $0 == 0x5C }) { throw .forbidden }
      if name == [0x2E] || name == [0x2E, 0x2E] { throw .forbidden }
      if name.first == 0x2E, !servesHidden { throw .forbidden }
      if name.count > 255 { throw .forbidden }
      names.append(name)
    }
    // Two slashes in a row name no file; the last part is empty for a directory.
    if names.dropLast().contains([]) { throw .forbidden }
    return names
  }

  private static func decoded(_ segment: Substring.UTF8View.SubSequence) throws(Refusal) -> [UInt8]
  {
    var (bytes, rest) = ([UInt8](), segment)
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else { throw .malformed }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte &- 0x30 }
    let lower = byte | 0x20
    return lower &- 0x61 < 6 ? lower &- 0x61 + 10 : nil
  }
}
