// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// getaddrinfo(3).
package enum SystemResolver {
  package static let passive = AI_PASSIVE

  /// Blocks, unless the host is an address.
  ///
  /// Addresses come in the order of RFC 6724.
  package static func lookUp(
    _ host: String?, port: Int, family: SocketAddress.Family?, flags: Int32 = 0
  ) throws(ResolveError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_flags = flags
    hints.ai_family = family.map { $0 == .ipv4 ? AF_INET : AF_INET6 } ?? AF_UNSPEC
    // One entry for each address, not one for each type of socket as well.
    hints.ai_socktype = Sockets.streamType
    var list: UnsafeMutablePointer<addrinfo>?
    // Of all families, also those that this machine has no address of (AI_ADDRCONFIG): one with only a loopback device
    // has none, and to ask again would ask for every name that there is not a second time.
    let status = getaddrinfo(host, "\(port)", &hints, &list)
    guard status == 0 else {
      let text =
        status == EAI_SYSTEM
        ? strerror(errno) : UnsafeMutablePointer(mutating: gai_strerror(status))
      throw ResolveError(
        host: host ?? "", message: text.map { String(cString: $0) } ?? "unknown error",
        code: status)
    }
    defer { freeaddrinfo(list) }
    return addresses(list)
  }

  private static func addresses(_ list: UnsafeMutablePointer<addrinfo>?) -> [SocketAddress] {
    var found: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      guard let pointer = entry.ai_addr else { continue }
      var system = SystemSocketAddress()
      withUnsafeMutableBytes(of: &system.storage) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(entry.ai_addrlen)))
      }
      system.length = entry.ai_addrlen
      if let address = system.address, !found.contains(address) { found.append(address) }
    }
    return found
  }
}
