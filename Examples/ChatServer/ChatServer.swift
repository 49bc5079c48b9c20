// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

// ChatServer [PORT]: what one says, all others read. The first line is the name. Try: nc localhost 7000

/// Who is there. An actor: under takeover it runs on the loop's thread like everything else.
actor Room {
  private var members: [String: AsyncQueue<String>] = [:]

  /// Takes somebody in; nil when the name is taken.
  func enter(_ name: String) -> AsyncQueue<String>? {
    guard members[name] == nil else { return nil }
    let inbox = AsyncQueue<String>(maxSize: 100)
    members[name] = inbox
    tell("* \(name) is here", except: name)
    return inbox
  }

  func leave(_ name: String) {
    members.removeValue(forKey: name)?.shutdown()
    tell("* \(name) has left", except: name)
  }

  func tell(_ text: String, except speaker: String) {
    // Who does not read for so long that a hundred lines wait misses this one: nobody waits for him.
    for (name, inbox) in members where name != speaker { _ = inbox.tryPut(text) }
  }
}

@main struct ChatServer: LoopProgram {
  static func run() async throws {
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 7000
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at \(listener.localAddress)")
    fflush(nil)
    let room = Room()
    try await listener.serve { stream in
      try await stream.write("name? ")
      let name = text(try await stream.readLine(limit: 100))
      guard !name.isEmpty, let inbox = await room.enter(name) else {
        return try await stream.write("that name will not do\n")
      }
      // Reading and writing side by side; when one ends, for whatever reason, so does the other: a scope ends with its first
      // error, and here with its body. (A race would wait for the first that ends well.)
      try? await withTaskScope { scope in
        scope.spawn { for try await line in inbox { try await stream.write("\(line)\n") } }
        for try await line in stream.lines {
          await room.tell("\(name): \(text(line))", except: name)
        }
        scope.cancel()
      }
      await room.leave(name)
    }
  }

  private static func text(_ line: [UInt8]) -> String {
    String(String(decoding: line, as: UTF8.self).filter { !$0.isNewline })
  }
}
