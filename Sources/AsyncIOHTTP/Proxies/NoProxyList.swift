// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// Hosts that are asked directly: `no_proxy`.
struct NoProxyList: Sendable {
  private enum Rule: Sendable {
    case all
    case domain(String)
    case network([UInt8], bits: Int)
  }

  private let rules: [(rule: Rule, port: Int?)]

  init(_ text: String) {
    rules = text.lowercased().split { ", \t\n".contains($0) }.compactMap(Self.rule)
  }

  private static func rule(_ entry: Substring) -> (rule: Rule, port: Int?)? {
    if entry == "*" { return (.all, nil) }
    if let network = network(entry) { return (network, nil) }
    var (host, port) = (entry, Int?.none)
    if let colon = entry.lastIndex(of: ":"), let number = Int(entry[entry.index(after: colon)...]) {
      (host, port) = (entry[..<colon], number)
    }
    if let network = network(host) { return (network, port) }
    if host.hasPrefix("*.") { host = host.dropFirst(2) }
    if host.hasPrefix(".") { host = host.dropFirst() }
    if host.hasSuffix(".") { host = host.dropLast() }
    return host.isEmpty ? nil : (.domain(String(host)), port)
  }

  /// An address, or a range of them; in brackets or not.
  private static func network(_ text: Substring) -> Rule? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var name = parts[0]
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    guard let bytes = address(String(name)) else { return nil }
    guard parts.count > 1 else { return .network(bytes, bits: bytes.count * 8) }
    guard let bits = Int(parts[1]), 0...(bytes.count * 8) ~= bits else { return nil }
    return .network(bytes, bits: bits)
  }

  private static func address(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var six = in6_addr()
    if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
    return nil
  }

  /// Whether a host is this machine: it is asked directly unless a program says otherwise.
  static func isLoopback(_ host: String) -> Bool {
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    guard let bytes = address(host) else { return false }
    return bytes.count == 4
      ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
  }

  /// Whether a host, in lower case, is in the list.
  func contains(_ host: String, port: Int) -> Bool {
    if rules.isEmpty { return false }
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    let bytes = Self.address(name)
    return rules.contains { entry in
      if let wanted = entry.port, wanted != port { return false }
      switch entry.rule {
      case .all: return true
      case .domain(let domain):
        return bytes == nil && (name == domain || name.hasSuffix(".\(domain)"))
      case .network(let network, let bits):
        return bytes.map { Self.isEqual($0, network, bits) } ?? false
      }
    }
  }

  private static func isEqual(_ address: [UInt8], _ network: [UInt8], _ bits: Int) -> Bool {
    guard address.count == network.count else { return false }
    for index in 0..<address.count {
      let left = bits - index * 8
      if left <= 0 { return true }
      let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
      if (address[index] ^ network[index]) & mask != 0 { return false }
    }
    return true
  }
}
