// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct StreamSenseTests {
  @Test func `Once in a while a moment is tried, and goes on while it brings several things`() {
    var sense = InboxBurstDetector()
    #expect(Self.looksUntilTried(&sense, bringing: 5) == 65)
    for _ in 0..<100 { #expect(Self.looksUntilTried(&sense, bringing: 4) == 1) }
    #expect(Self.looksUntilTried(&sense, bringing: 1) == 1)
    #expect(Self.looksUntilTried(&sense, bringing: 1) > 100)
  }

  @Test func `What brings nothing is tried less and less often`() {
    var sense = InboxBurstDetector()
    let looks = (0..<12).map { _ in Self.looksUntilTried(&sense, bringing: 1) }
    #expect(looks == looks.sorted())
    #expect(looks.last == 8193)
  }

  @Test func `InboxItem that came without a moment says nothing`() {
    var sense = InboxBurstDetector()
    sense.note(1000)
    let isTried = sense.wantsMore()
    #expect(!isTried)
  }

  /// How many looks there are until a moment is tried, which brings so much.
  private static func looksUntilTried(_ sense: inout InboxBurstDetector, bringing count: Int) -> Int
  {
    for look in 1...100_000 {
      let isTried = sense.wantsMore()
      sense.note(isTried ? count : 1)
      if isTried { return look }
    }
    return .max
  }
}
