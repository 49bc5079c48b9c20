// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import CAsyncIO
internal import Glibc

/// A socket address as the kernel has it.
package struct SystemSocketAddress {
  package var storage = sockaddr_storage()
  package var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  /// Room for the kernel to write an address into.
  package init() {}

  package init(_ address: SocketAddress) {
    switch address.storage {
    case .ipv4(let bytes, let port): set(ipv4: bytes, port)
    case .ipv6(let bytes, let port, let flow, let scope): set(ipv6: bytes, port, flow, scope)
    case .unix(let path): set(path: path)
    }
  }

  mutating func withPointer<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
  ) -> Result {
    var length = length
    defer { self.length = length }
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
  }

  private mutating func fill<Address>(_ value: Address, length: Int = MemoryLayout<Address>.size) {
    withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: value, as: Address.self) }
    self.length = socklen_t(length)
  }

  private mutating func set(ipv4 bytes: SocketAddress.SocketBytes, _ port: UInt16) {
    var value = sockaddr_in()
    value.sin_family = sa_family_t(AF_INET)
    value.sin_port = port.bigEndian
    value.sin_addr.s_addr = UInt32(truncatingIfNeeded: bytes.high >> 32).bigEndian
    fill(value)
  }

  private mutating func set(
    ipv6 bytes: SocketAddress.SocketBytes, _ port: UInt16, _ flow: UInt32, _ scope: UInt32
  ) {
    var value = sockaddr_in6()
    value.sin6_family = sa_family_t(AF_INET6)
    value.sin6_port = port.bigEndian
    value.sin6_flowinfo = flow.bigEndian
    value.sin6_scope_id = scope
    withUnsafeMutableBytes(of: &value.sin6_addr) {
      $0.storeBytes(of: bytes.high.bigEndian, as: UInt64.self)
      $0.storeBytes(of: bytes.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    fill(value)
  }

  private mutating func set(path: [UInt8]) {
    var value = sockaddr_un()
    value.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: value.sun_path)
    withUnsafeMutableBytes(of: &value.sun_path) { $0.copyBytes(from: path.prefix(room)) }
    // A name in the abstract namespace is as long as it is; a path ends with a zero.
    let end = path.first == 0 ? 0 : 1
    fill(value, length: MemoryLayout<sa_family_t>.size + path.count + end)
  }

  /// The address, if it is of a kind that there is a type for.
  package var address: SocketAddress? {
    switch Int32(storage.ss_family) {
    case AF_INET: ipv4
    case AF_INET6: ipv6
    case AF_UNIX: unix
    default: nil
    }
  }

  private func read<Value>(_ type: Value.Type) -> Value {
    withUnsafeBytes(of: storage) { $0.load(as: type) }
  }

  private var ipv4: SocketAddress {
    let value = read(sockaddr_in.self)
    let high = UInt64(UInt32(bigEndian: value.sin_addr.s_addr)) << 32
    return SocketAddress(.ipv4(.init(high: high), port: UInt16(bigEndian: value.sin_port)))
  }

  private var ipv6: SocketAddress {
    let value = read(sockaddr_in6.self)
    let bytes = withUnsafeBytes(of: value.sin6_addr) {
      SocketAddress.SocketBytes(
        high: UInt64(bigEndian: $0.load(as: UInt64.self)),
        low: UInt64(bigEndian: $0.load(fromByteOffset: 8, as: UInt64.self)))
    }
    return SocketAddress(
      .ipv6(
        bytes, port: UInt16(bigEndian: value.sin6_port),
        flow: UInt32(bigEndian: value.sin6_flowinfo),
        scope: value.sin6_scope_id))
  }

  private var unix: SocketAddress {
    let offset = MemoryLayout<sa_family_t>.size
    let count = max(0, Int(length) - offset)
    let bytes = withUnsafeBytes(of: storage) { Array($0[offset..<min(offset + count, $0.count)]) }
    if bytes.first == 0 { return SocketAddress(.unix(bytes)) }
    return SocketAddress(.unix(Array(bytes.prefix { $0 != 0 })))
  }
}

extension SocketAddress {
  /// The IP address in its usual notation, getnameinfo(3) with NI_NUMERICHOST.
  package var numericHost: String {
    var system = SystemSocketAddress(self)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = system.withPointer { pointer, length in
      getnameinfo(pointer, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    }
    guard status == 0 else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The address that `host` spells out; nil when it is a name.
  ///
  /// Looks nothing up.
  package static func literal(_ host: String, port: Int) throws -> SocketAddress? {
    try checkPort(port, host)
    // C would take only the part before the zero.
    guard !host.utf8.contains(0) else {
      throw ResolveError(
        host: host, message: "a host name contains no NUL byte", code: nil)
    }
    // Old notations of IPv4, such as "127.1", are for the resolver to refuse or to accept.
    let isIPv4 = host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
    guard isIPv4 && !host.isEmpty || host.contains(":") else { return nil }
    return try? SystemResolver.lookUp(host, port: port, family: nil, flags: AI_NUMERICHOST).first
  }

  package static func checkPort(_ port: Int, _ host: String) throws {
    guard (0...65535).contains(port) else {
      throw ResolveError(
        host: host, message: "\(port) is no port: it must be 0 to 65535", code: nil)
    }
  }
}
