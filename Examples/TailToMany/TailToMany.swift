// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

// TailToMany FILE [PORT]: tail -f for whoever connects. Try: nc localhost 7001

@main struct TailToMany: LoopProgram {
  static func run() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let file = arguments.first else { throw Usage() }
    let port = arguments.dropFirst().first.flatMap { Int($0) } ?? 7001
    let readers = Readers()
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at \(listener.localAddress)")
    fflush(nil)
    try await Subprocess.run(.name("tail"), arguments: ["-n", "0", "-F", file]) { tail in
      try await withTaskScope { scope in
        scope.spawn(name: "server") {
          try await listener.serve { stream in
            let inbox = await readers.add(stream)
            defer { inbox.shutdown() }
            // A reader that hangs up, in whatever way, ends the wait for lines.
            try? await withTaskScope { scope in
              scope.spawn { for try await line in inbox { try await stream.write(line) } }
              _ = try await stream.readToEnd(limit: 1 << 20)
              scope.cancel()
            }
            await readers.remove(stream)
          }
        }
        for try await line in tail.standardOutput.lines { await readers.send(line) }
        scope.cancel()
      }
    }
  }

  struct Usage: Error, CustomStringConvertible {
    var description: String { "usage: TailToMany FILE [PORT]" }
  }
}

/// Who reads, each with the lines that wait for him.
actor Readers {
  private var inboxes: [ObjectIdentifier: AsyncQueue<[UInt8]>] = [:]

  func add(_ stream: TCPStream) -> AsyncQueue<[UInt8]> {
    let inbox = AsyncQueue<[UInt8]>(maxSize: 1000)
    inboxes[ObjectIdentifier(stream)] = inbox
    return inbox
  }

  func remove(_ stream: TCPStream) { inboxes[ObjectIdentifier(stream)] = nil }

  /// Who is a thousand lines behind misses this one: nobody waits for him.
  func send(_ line: [UInt8]) {
    for inbox in inboxes.values { _ = inbox.tryPut(line) }
  }
}
