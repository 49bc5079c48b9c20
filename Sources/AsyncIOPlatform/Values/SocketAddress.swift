// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import SystemPackage

/// Where a socket is: an IP address with a port, or a path of the file system.
///
/// ```swift
/// let address = try SocketAddress(ip: "127.0.0.1", port: 8080)
/// print(listener.localAddress.port)
/// ```
public struct SocketAddress: Hashable, Sendable {
  /// The kinds of addresses.
  public enum Family: Sendable, Hashable {
    /// IPv4, ip(7).
    case ipv4
    /// IPv6, ipv6(7).
    case ipv6
    /// A Unix domain socket, unix(7).
    case unix
  }

  package enum Storage: Hashable {
    case ipv4(SocketBytes, port: UInt16)
    case ipv6(SocketBytes, port: UInt16, flow: UInt32, scope: UInt32)
    /// Empty when the socket has no name; begins with a zero byte in the abstract namespace.
    case unix([UInt8])
  }

  /// The bytes of an IP address, the first the most significant; the first four are IPv4's.
  package struct SocketBytes: Hashable {
    package var high: UInt64 = 0
    package var low: UInt64 = 0

    package init(high: UInt64 = 0, low: UInt64 = 0) {
      self.high = high
      self.low = low
    }
  }

  package let storage: Storage

  package init(_ storage: Storage) { self.storage = storage }

  /// An IP address in its usual notation, such as `127.0.0.1`, `::1` or `fe80::1%eth0`.
  ///
  /// Nothing is looked up. Throws ``ResolveError`` when `ip` is no such address.
  ///
  /// - Throws: ``ResolveError`` when `ip` is no such address.
  public init(ip: String, port: Int) throws {
    guard let address = try SocketAddress.literal(ip, port: port) else {
      throw ResolveError(host: ip, message: "not an IP address", code: nil)
    }
    self = address
  }

  /// The address of a Unix domain socket, unix(7).
  ///
  /// A path that begins with a NUL byte is a name in the abstract namespace: no file belongs to it, and it is gone with its
  /// socket.
  ///
  /// - Throws: ``IOError`` when the path is empty or longer than the 107 bytes that Linux allows,
  ///   ``NULByteError`` when it has a NUL byte elsewhere.
  public init(unixPath path: String) throws {
    try self.init(unixPath: Array(path.utf8), path)
  }

  /// The address of a Unix domain socket, whose path need not be UTF-8.
  ///
  /// - Throws: ``IOError`` as the form that takes a text.
  public init(unixPath path: FilePath) throws { try self.init(unixPath: path.bytes, path.string) }

  private init(unixPath bytes: [UInt8], _ text: String) throws {
    guard let first = bytes.first else {
      throw IOError(
        "use an empty path as", "the address of a Unix socket",
        SystemError(call: "bind", errno: SystemError.invalidArgument))
    }
    let isAbstract = first == 0
    // A path has a zero at its end, in which an abstract name may have any bytes.
    guard bytes.count <= Self.longestPath + (isAbstract ? 1 : 0) else {
      throw IOError(
        "use the socket path", text, SystemError(call: "bind", errno: SystemError.nameTooLong))
    }
    if !isAbstract, bytes.contains(0) { throw NULByteError(subject: "the socket path", text: text) }
    storage = .unix(bytes)
  }

  /// sun_path without its final zero, unix(7).
  package static let longestPath = 107

  /// What kind of address it is.
  public var family: Family {
    switch storage {
    case .ipv4: .ipv4
    case .ipv6: .ipv6
    case .unix: .unix
    }
  }

  /// The port; 0 for a Unix domain socket.
  public var port: Int {
    switch storage {
    case .ipv4(_, let port), .ipv6(_, let port, _, _): Int(port)
    case .unix: 0
    }
  }

  /// The IP address in its usual notation; nil for a Unix domain socket.
  public var ip: String? { family == .unix ? nil : numericHost }

  /// The path of a Unix domain socket, whose bytes that are not UTF-8 are replaced; nil for others, and for sockets without
  /// a name.
  ///
  /// An abstract name begins with a NUL byte.
  public var path: String? {
    guard case .unix(let bytes) = storage, !bytes.isEmpty else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SocketAddress {
  /// Whether it is a name in the abstract namespace of Unix domain sockets.
  package var isAbstract: Bool {
    guard case .unix(let bytes) = storage else { return false }
    return bytes.first == 0
  }

  /// Whether it is an address of the loopback device: 127.0.0.0/8, RFC 1122, or ::1, RFC 4291.
  package var isLoopback: Bool {
    switch storage {
    case .ipv4(let bytes, _): return bytes.high >> 56 == 127
    case .ipv6(let bytes, _, _, _):
      // Or one of IPv4 in IPv6's notation.
      return bytes.high == 0 && (bytes.low == 1 || bytes.low >> 24 == 0xffff_7f)
    case .unix: return false
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// For example `127.0.0.1:80`, `[::1]:80` or `/run/app.sock`; an abstract name begins with `@`, as elsewhere.
  public var description: String {
    switch family {
    case .ipv4: "\(numericHost):\(port)"
    case .ipv6: "[\(numericHost)]:\(port)"
    case .unix: unixDescription
    }
  }

  private var unixDescription: String {
    guard let path else { return "an unnamed socket" }
    return isAbstract ? "@" + path.dropFirst() : path
  }
}
