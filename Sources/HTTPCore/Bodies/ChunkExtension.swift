// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The grammar of a chunk's extensions, RFC 9112 section 7.1.1, a byte at a time.
///
///     *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
///
/// A line that is not of this form may end elsewhere for another reader (CVE-2025-22871 and its kin).
struct ChunkExtension {
  private enum Place {
    case start, beforeName, name, afterName, beforeValue, token, quoted, escaped, afterQuoted, gap
  }

  private var place = Place.start

  /// Whether the line may end here.
  var mayEnd: Bool {
    switch place {
    case .start, .name, .token, .afterQuoted: true
    case .beforeName, .afterName, .beforeValue, .quoted, .escaped, .gap: false
    }
  }

  /// Takes a byte; false when the grammar does not allow it here.
  mutating func accept(_ byte: UInt8) -> Bool {
    let isSpace = byte == 0x20 || byte == 0x09
    switch place {
    case .quoted: return acceptQuoted(byte)
    case .escaped:
      place = .quoted
      return byte >= 0x20 && byte != 0x7F || byte == 0x09
    case .start where byte == 0x3B, .name where byte == 0x3B, .afterName where byte == 0x3B,
      .token where byte == 0x3B, .afterQuoted where byte == 0x3B, .gap where byte == 0x3B:
      place = .beforeName
    case .beforeName where ByteSet.token.contains(byte): place = .name
    case .name where ByteSet.token.contains(byte), .token where ByteSet.token.contains(byte): break
    case .name where isSpace: place = .afterName
    case .token where isSpace, .afterQuoted where isSpace: place = .gap
    case .name where byte == 0x3D, .afterName where byte == 0x3D: place = .beforeValue
    case .beforeValue where ByteSet.token.contains(byte): place = .token
    case .beforeValue where byte == 0x22: place = .quoted
    case .beforeName where isSpace, .afterName where isSpace, .beforeValue where isSpace,
      .gap where isSpace:
      break
    default: return false
    }
    return true
  }

  private mutating func acceptQuoted(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x22: place = .afterQuoted
    case 0x5C: place = .escaped
    case 0x09, 0x20...0x7E, 0x80...: break
    default: return false
    }
    return true
  }
}
