// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct ResolverTests {
  /// A resolver whose look-ups take as long as the test wants.
  private final class Stub: Sendable {
    let calls = Log<String>()
    let gate = DispatchSemaphore(value: 0)

    func makeResolver(waits: Bool = false) -> Resolver {
      Resolver("test") { [calls, gate] host in
        calls.record(host)
        if waits { gate.wait() }
        if host == "bad" { throw ResolveError(host: host, message: "no such name", code: 1) }
        return [try SocketAddress(ip: "10.0.0.1", port: 0)]
      }
    }
  }

  private func loop() throws -> EventLoop { try #require(EventLoop.current) }

  @Test func `One look-up for a name at a time, and its answer is kept for a while`() throws {
    try onNetworkLoop {
      let stub = Stub()
      let resolver = stub.makeResolver(waits: true)
      let loop = try self.loop()
      let asking = (0..<5).map { _ in
        createTask { try await resolver.addresses(of: "name", on: loop) }
      }
      await settle()
      stub.gate.signal()
      for task in asking { #expect(try await task.value.count == 1) }
      #expect(try await resolver.addresses(of: "name", on: loop).count == 1)
      #expect(stub.calls.entries == ["name"])
    }
  }

  @Test func `Who is cancelled leaves at once, and the look-up goes on for the others`() throws {
    try onNetworkLoop {
      let stub = Stub()
      let resolver = stub.makeResolver(waits: true)
      let loop = try self.loop()
      let first = createTask { try await resolver.addresses(of: "name", on: loop) }
      let second = createTask { try await resolver.addresses(of: "name", on: loop) }
      await settle()
      first.cancel()
      await #expect(throws: CancellationError.self) { _ = try await first.value }
      stub.gate.signal()
      #expect(try await second.value.count == 1)
    }
  }

  @Test func `A failure is told to all who asked, and is not kept`() throws {
    try onNetworkLoop {
      let stub = Stub()
      let resolver = stub.makeResolver()
      let loop = try self.loop()
      for _ in 0..<2 {
        await #expect(throws: ResolveError.self) {
          _ = try await resolver.addresses(of: "bad", on: loop)
        }
      }
      #expect(stub.calls.entries == ["bad", "bad"])
    }
  }

  @Test func `Look-ups that nobody waits for any more hold up no other name`() throws {
    try onNetworkLoop {
      let stub = Stub()
      let gate = stub.gate
      let resolver = Resolver("test") { host in
        if host.hasPrefix("slow") { gate.wait() }
        return [try SocketAddress(ip: "10.0.0.1", port: 0)]
      }
      let loop = try self.loop()
      let slow = (0..<20).map { index in
        createTask { try await resolver.addresses(of: "slow\(index)", on: loop) }
      }
      // Until all that may run do.
      try await until { resolver.statistics.running == 8 }
      for task in slow { task.cancel() }
      #expect(try await resolver.addresses(of: "quick", on: loop).count == 1)
      // One that was abandoned can be asked for again.
      let again = createTask { try await resolver.addresses(of: "slow0", on: loop) }
      await settle()
      for _ in 0..<25 { gate.signal() }
      #expect(try await again.value.count == 1)
      for task in slow { _ = await task.result }
    }
  }

  @Test func `socket-024 datagram-009: An address is used as it is, and nobody is asked`() throws {
    try onNetworkLoop {
      for (text, family) in [("127.0.0.1", SocketAddress.Family.ipv4), ("::1", .ipv6)] {
        let found = try await Resolver.addresses(of: text, port: 80)
        #expect(found.map(\.family) == [family])
        #expect(found.first?.port == 80)
      }
      #expect(try self.loop().service(Resolver.self).statistics.threads == 0)
      #expect(throws: ResolveError.self) { try SocketAddress(ip: "localhost", port: 1) }
      #expect(throws: ResolveError.self) { try SocketAddress(ip: "1.2.3", port: 70000) }
    }
  }

  @Test func `socket-025: The scope of a link-local address reaches the socket address`() throws {
    let address = try SocketAddress(ip: "fe80::1%lo", port: 80)
    guard case .ipv6(_, _, _, let scope) = address.storage else {
      Issue.record("not IPv6")
      return
    }
    #expect(scope > 0)
    #expect(address.description == "[fe80::1%lo]:80")
    var system = SystemSocketAddress(address)
    #expect(system.address == address)
    system = SystemSocketAddress(try SocketAddress(unixPath: "/tmp/x"))
    #expect(system.address?.path == "/tmp/x")
  }

  @Test func `Names are resolved, and those that are none are errors`() throws {
    try onNetworkLoop { () async throws in
      #expect(try await Resolver.addresses(of: "localhost", port: 7).allSatisfy { $0.port == 7 })
      for host in ["", "a\0b"] {
        await #expect(throws: ResolveError.self) {
          _ = try await Resolver.addresses(of: host, port: 1)
        }
      }
      await #expect(throws: ResolveError.self) {
        _ = try await TCPStream.connect(to: "127.0.0.1", port: 65536)
      }
    }
  }
}
