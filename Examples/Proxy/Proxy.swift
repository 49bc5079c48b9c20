// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

// Proxy PORT HOST:PORT: passes connections on, in both directions, each with its own end.

@main struct Proxy: LoopProgram {
  static func run() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2, let port = Int(arguments[1]),
      let colon = arguments[2].lastIndex(of: ":"),
      let targetPort = Int(arguments[2][arguments[2].index(after: colon)...])
    else { throw Usage() }
    let target = String(arguments[2][..<colon])
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at \(listener.localAddress)")
    fflush(nil)
    try await listener.serve { client in
      let server = try await TCPStream.connect(to: target, port: targetPort)
      // A failure of one direction cancels the other, and both connections are closed.
      _ = try await gather(
        { try await copy(client, to: server) }, { try await copy(server, to: client) })
      await server.close()
    }
  }

  /// Copies to the end, and hands the end on: the other direction may still have something to say.
  private static func copy(_ source: TCPStream, to destination: TCPStream) async throws {
    for try await piece in source.chunks { try await destination.write(piece) }
    try await destination.finishWriting()
  }

  struct Usage: Error, CustomStringConvertible {
    var description: String { "usage: Proxy PORT HOST:PORT" }
  }
}
