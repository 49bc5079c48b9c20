// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Testing

/// Streams are used from wherever a task runs: beside all loops, and on several threads at once.
///
/// Here, since tests that block the threads of the language's executor must not run beside them.
extension StressTests {
  private struct WrongAnswer: Error {
    let answer: [UInt8]
  }

  @Test func `Code that belongs to no loop connects, serves and runs programs`() async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let serving = Task.detached {
      try await listener.serve { stream in
        for try await piece in stream.chunks { try await stream.write(piece) }
      }
    }
    let clients = (0..<20).map { number in
      Task.detached {
        let stream = try await TCPStream.connect(to: listener.localAddress)
        for round in 0..<50 {
          try await stream.write("\(number) \(round)\n")
          let line = try await stream.readLine()
          guard line.elementsEqual("\(number) \(round)\n".utf8) else {
            throw WrongAnswer(answer: line)
          }
        }
        await stream.close()
      }
    }
    for client in clients { try await client.value }
    let output = try await Subprocess.run(.name("cat"), input: .text("from outside"))
    #expect(output.outputText == "from outside")
    await listener.close()
    try await serving.value
  }

  @Test func `One stream, read on one thread and written on another, closed from a third`()
    async throws
  {
    for round in 0..<20 {
      let (one, other) = try UnixStream.pair()
      let reading = Task.detached { () -> Int in
        var count = 0
        while let piece = try? await other.read(), !piece.isEmpty { count += piece.count }
        return count
      }
      let writing = Task.detached { () -> Int in
        var count = 0
        let piece = [UInt8](repeating: 1, count: 10_000)
        while (try? await one.write(piece)) != nil { count += piece.count }
        return count
      }
      let closing = Task.detached {
        for _ in 0..<(round * 10) { await Task.yield() }
        if round % 2 == 0 { one.abort() } else { await one.close() }
      }
      await closing.value
      let (written, read) = (await writing.value, await reading.value)
      #expect(read >= written || round % 2 == 0)
      await other.close()
    }
  }

  @Test func `SocketConnector from other threads misses no answer`() async throws {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let serving = Task.detached { try await listener.serve { _ in } }
    let tasks = (0..<4).map { _ in
      Task.detached {
        for _ in 0..<500 {
          let stream = try await TCPStream.connect(to: listener.localAddress)
          await stream.close()
          await #expect(throws: ConnectError.self) {
            _ = try await TCPStream.connect(to: "127.0.0.1", port: 1)
          }
        }
      }
    }
    for task in tasks { try await task.value }
    await listener.close()
    try await serving.value
  }
}
