// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

/// What the package takes for granted of the runtime.
@Suite struct RuntimeContractTests {
  @Test func `All of it holds on a loop`() throws {
    let checks = try onLoop { await RuntimeContract.check() }
    #expect(checks.filter { !$0.holds }.map(\.name) == [])
    #expect(checks.count > 5)
  }

  @Test func `All of it holds under any schedule`() throws {
    try explore(seeds: 0..<20) { _ in
      #expect(await RuntimeContract.check().filter { !$0.holds }.map(\.name) == [])
    }
  }

  @Test func `The implementation is the one for this compiler`() {
    #if ASYNCIO_STANDARD_RUNTIME
      #expect(Runtime.implementation == .standard)
    #elseif compiler(>=6.3) && compiler(<6.4)
      #expect(Runtime.implementation == .direct)
    #else
      #expect(Runtime.implementation == .standard)
    #endif
  }

  @Test func `A task's memory is given back in the reverse order, over waits and in generic code`()
    throws
  {
    func fill<Value: Sendable>(_ value: Value, depth: Int) async -> Int {
      let memory = TaskMemory.allocate(byteCount: 100 + depth * 700)
      defer { TaskMemory.deallocate(memory) }
      memory.storeBytes(of: depth, as: Int.self)
      let values = [value, value]
      await Task.yield()
      let below = depth == 0 ? 0 : await fill((value, depth), depth: depth - 1)
      return memory.load(as: Int.self) + below + values.count
    }
    let sum = try onLoop { await fill("text", depth: 6) }
    #expect(sum == 21 + 14)
  }

  @Test func `A record is bound while its body runs, and not longer`() throws {
    try onLoop {
      let outer = try #require(TaskRecord.current)
      let record = TaskRecord(
        label: TaskLabel("inner"), site: SourceSite(#fileID, #line), loop: outer.loop, [])
      await withBinding(record) {
        #expect(TaskRecord.current === record)
        await Task.yield()
        async let child = TaskRecord.current === record
        #expect(await child)
        #expect(TaskRecord.current === record)
      }
      #expect(TaskRecord.current === outer)
    }
  }

  #if compiler(>=6.4)
    @Test func `A shield of the language holds in the handler of a connection`() throws {
      try onNetworkLoop {
        let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
        let line = Completion<String?>()
        let isReading = AsyncEvent()
        let serving = createTask {
          try await listener.serve { stream in
            try await withTaskCancellationShield {
              isReading.set()
              line.complete(.success(try await stream.readLine()))
            }
          }
        }
        let client = try await TCPStream.connect(host: "127.0.0.1", port: listener.port)
        try await isReading.wait()
        serving.cancel()
        await settle()
        try await client.write("late\n")
        #expect(try await line.value(.event) == "late")
        await client.close()
        _ = await serving.result
      }
    }
  #endif
}
