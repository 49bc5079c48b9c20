// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

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

  enum Storage: Hashable {
    case ipv4(SocketBytes, port: UInt16)
    case ipv6(SocketBytes, port: UInt16, flow: UInt32, scope: UInt32)
    /// Empty when the socket has no name; begins with a zero byte in the abstract namespace.
    case unix([UInt8])
  }

  /// The bytes of an IP address, the first the most significant; the first four are IPv4's.
  struct SocketBytes: Hashable {
    var high: UInt64 = 0
    var low: UInt64 = 0
  }

  let storage: Storage

  init(_ storage: Storage) { self.storage = storage }

  /// An IP address in its usual notation, such as `127.0.0.1`, `::1` or `fe80::1%eth0`.
  ///
  /// Nothing is looked up. Throws ``ResolveError`` when `ip` is no such address.
  public init(ip: String, port: Int) throws {
    guard let address = try SocketAddress.literal(ip, port: port) else {
      throw ResolveError(host: ip, message: "not an IP address", code: nil)
    }
    self = address
  }

  /// The address of a Unix domain socket.
  ///
  /// Throws ``IOError`` when the path is empty or longer than the 107 bytes that Linux allows.
  public init(unixPath path: String) throws {
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count <= Self.longestPath, !bytes.contains(0) else {
      throw IOError(
        "use the socket path", path, SystemError(call: "bind", errno: SystemError.nameTooLong))
    }
    storage = .unix(bytes)
  }

  /// sun_path without its final zero, unix(7).
  static let longestPath = 107

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

  /// The path of a Unix domain socket; nil for others, and for sockets without a name.
  public var path: String? {
    guard case .unix(let bytes) = storage, !bytes.isEmpty else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SocketAddress {
  /// Whether it is an address of the loopback device: 127.0.0.0/8, RFC 1122, or ::1, RFC 4291.
  var isLoopback: Bool {
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
  /// For example `127.0.0.1:80`, `[::1]:80` or `/run/app.sock`.
  public var description: String {
    switch family {
    case .ipv4: "\(numericHost):\(port)"
    case .ipv6: "[\(numericHost)]:\(port)"
    case .unix: path ?? "an unnamed socket"
    }
  }
}
