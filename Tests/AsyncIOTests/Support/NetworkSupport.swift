// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

@testable import AsyncIO
@testable import AsyncIOCore

/// Runs `body` on a scoped loop with the system's clock: for what waits for the kernel.
///
/// A test that hangs is cancelled after a minute.
@discardableResult
func onNetworkLoop<Success: Sendable>(
  _ body: sending @escaping @isolated(any) () async throws -> Success
) throws -> Success {
  try EventLoop.run(.init(mode: .scoped)) {
    let body = UncheckedSendable(body)
    return try await withTimeout(.seconds(60)) { try await body.value() }
  }
}

/// Runs `body` on such a loop, with a new directory that is removed afterwards.
func withTemporaryDirectory(
  _ body: @escaping @Sendable (FilePath) async throws -> Void
) throws {
  let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("asyncio-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  try onNetworkLoop { try await body(FilePath(directory.path)) }
}

extension [UInt8] {
  init(_ text: String) { self = Array(text.utf8) }
  var text: String { String(decoding: self, as: UTF8.self) }
}

/// The two ends of a TCP connection on this machine.
struct TCPPair {
  let client: TCPStream
  let server: TCPStream

  init() async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let accepted = AsyncQueue<TCPStream>()
    let port = listener.localAddress.port
    let serving = createTask {
      try await listener.serve { stream in
        try await accepted.put(stream)
        // The connection belongs to the test now: it is closed when that has finished with it.
        try await sleep(for: .seconds(3600))
      }
    }
    _ = serving
    client = try await TCPStream.connect(to: "127.0.0.1", port: port)
    server = try await accepted.get()
  }
}

/// Two streams that are connected with each other, to be tested as any stream.
func connectedPair() throws -> (UnixStream, UnixStream) { try UnixStream.pair() }

/// Runs `body` with two such streams, which are closed afterwards.
func withPair(
  _ body: @escaping @Sendable (_ one: UnixStream, _ other: UnixStream) async throws -> Void
) throws {
  try onNetworkLoop {
    let (one, other) = try connectedPair()
    try await body(one, other)
    await one.close()
    await other.close()
  }
}
