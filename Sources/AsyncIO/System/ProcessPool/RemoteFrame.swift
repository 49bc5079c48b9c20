// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What goes between a pool and its workers: a kind, a length, and so many bytes.
struct RemoteFrame: Equatable {
  enum Kind: UInt8 {
    /// To a worker: the function's name, its length before it, and the input.
    case call = 1
    /// From a worker: the output.
    case value = 2
    /// From a worker: the type of an error, its length before it, and what it says.
    case failure = 3
  }

  /// The kind, and the length in little-endian order.
  static let headerSize = 9
  /// The largest frame: a length beyond it comes from no pool of this package.
  static let limit = 1 << 30

  struct Header: Equatable {
    let kind: Kind
    let count: Int
  }

  /// Reads a header; nil when it is none.
  static func header(_ bytes: some Collection<UInt8>) -> Header? {
    guard bytes.count == headerSize, let first = bytes.first, let kind = Kind(rawValue: first)
    else { return nil }
    let count = bytes.dropFirst().reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return count <= UInt64(limit) ? Header(kind: kind, count: Int(count)) : nil
  }

  static func header(of kind: Kind, count: Int) -> [UInt8] {
    [kind.rawValue] + (0..<8).map { UInt8(truncatingIfNeeded: UInt64(count) >> (8 * UInt64($0))) }
  }

  /// Puts a name before other bytes.
  static func named(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let name = Array(name.utf8.prefix(Int(UInt16.max)))
    return [UInt8(name.count & 0xFF), UInt8(name.count >> 8)] + name + bytes
  }

  /// Takes apart what `named` put together; nil when it was something else.
  static func splitName(_ bytes: [UInt8]) -> (name: String, rest: ArraySlice<UInt8>)? {
    guard bytes.count >= 2 else { return nil }
    let count = Int(bytes[0]) | Int(bytes[1]) << 8
    guard bytes.count >= 2 + count else { return nil }
    return (String(decoding: bytes[2..<(2 + count)], as: UTF8.self), bytes[(2 + count)...])
  }
}
