// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct RemoteFrameTests {
  @Test func `A header comes back as it was`() {
    for count in [0, 1, 255, 256, 65_536, RemoteFrame.limit] {
      let header = RemoteFrame.header(RemoteFrame.header(of: .value, count: count))
      #expect(header == RemoteFrame.Header(kind: .value, count: count))
    }
  }

  @Test func `What is no header is refused`() {
    #expect(RemoteFrame.header([]) == nil)
    #expect(RemoteFrame.header([1, 0, 0]) == nil)
    #expect(RemoteFrame.header([9, 0, 0, 0, 0, 0, 0, 0, 0]) == nil)
    #expect(RemoteFrame.header([1] + [UInt8](repeating: 255, count: 8)) == nil)
    #expect(RemoteFrame.header(RemoteFrame.header(of: .call, count: RemoteFrame.limit + 1)) == nil)
  }

  @Test func `Any bytes are a header, or none, and never a crash`() {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<10_000 {
      let bytes = (0..<Int(generator.next(below: 12))).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
      }
      if let header = RemoteFrame.header(bytes) {
        #expect(header.count >= 0 && header.count <= RemoteFrame.limit)
      }
      _ = RemoteFrame.splitName(bytes)
    }
  }

  @Test func `A name and the bytes behind it come apart again`() throws {
    let (name, rest) = try #require(RemoteFrame.splitName(RemoteFrame.named("näme", [1, 2, 3])))
    #expect(name == "näme" && rest.elementsEqual([1, 2, 3]))
    #expect(RemoteFrame.splitName([5, 0, 1]) == nil)
    #expect(RemoteFrame.splitName([5]) == nil)
  }

  @Test func `Values come back as they were`() throws {
    func back<Value: Codable>(_ value: Value) throws -> Value {
      try RemoteCoding.decode(Value.self, try RemoteCoding.encode(value)[...])
    }
    #expect(try back(42) == 42)
    #expect(try back([UInt8]([1, 2, 3])) == [1, 2, 3])
    #expect(try back("text\0\n") == "text\0\n")
    #expect(try back(Optional<Int>.none) == nil)
    #expect(try back(["a": [1.5, .infinity]]) == ["a": [1.5, .infinity]])
    #expect(throws: (any Error).self) { try RemoteCoding.decode(Int.self, [1, 2, 3]) }
  }
}
