// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOTLS
import Foundation
import Synchronization
import Testing

/// Settings of a listener that change while it serves.
@Suite struct TLSReloadTests {
  private static func connect(_ port: Int) async throws -> TLSStream {
    var configuration = TLSConfiguration()
    configuration.verification = .none
    return try await TLSStream.connect(
      to: "127.0.0.1", port: port, configuration: configuration)
  }

  @Test func `New connections get new settings, and open ones go on`() throws {
    try onNetworkLoop {
      let listener = try await TLSListener.bind(
        host: "127.0.0.1", port: 0, configuration: Certificates.shared.server())
      let serving = createTask { try await listener.serve(echo) }
      let port = listener.localAddress.port
      let old = try await Self.connect(port)
      try await listener.update(Certificates.shared.server("other"))
      let new = try await Self.connect(port)
      #expect(old.peerCertificate != nil && old.peerCertificate != new.peerCertificate)
      // Settings that cannot be used change nothing.
      await #expect(throws: TLSError.self) {
        try await listener.update(.server(.init(chain: [1], key: [2])))
      }
      let same = try await Self.connect(port)
      #expect(same.peerCertificate == new.peerCertificate)
      for stream in [old, new, same] {
        try await stream.write("hello")
        #expect(try await stream.readExactly(5) == Array("hello".utf8))
        await stream.close()
      }
      listener.stop(grace: .zero)
      try await serving.value
    }
  }

  @Test func `A signal has settings asked for anew, and a failure keeps those that there are`()
    throws
  {
    try onNetworkLoop {
      let asked = AsyncQueue<Int>()
      let count = Counter()
      let listener = try await TLSListener.bind(
        host: "127.0.0.1", port: 0, reloadingOn: .user1
      ) {
        let number = count.next()
        try await asked.put(number)
        switch number {
        case 1: return Certificates.shared.server()
        case 2: throw CocoaError(.fileNoSuchFile)
        default: return Certificates.shared.server("other")
        }
      }
      #expect(try await asked.get() == 1)
      let serving = createTask { try await listener.serve(echo) }
      let port = listener.localAddress.port
      let first = try await Self.connect(port)
      kill(getpid(), SIGUSR1)
      #expect(try await asked.get() == 2)
      let second = try await Self.connect(port)
      #expect(first.peerCertificate == second.peerCertificate)
      kill(getpid(), SIGUSR1)
      #expect(try await asked.get() == 3)
      var third = try await Self.connect(port)
      // Asked for, they are still to be read.
      while third.peerCertificate == first.peerCertificate {
        await third.close()
        third = try await Self.connect(port)
      }
      for stream in [first, second, third] {
        try await stream.write("hello")
        #expect(try await stream.readExactly(5) == Array("hello".utf8))
        await stream.close()
      }
      listener.stop(grace: .zero)
      try await serving.value
    }
  }
}

/// Counts, from any thread.
private final class Counter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
