// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO

@Suite struct DescriptorLifetimeTests {
  @Test func `While it is open a use begins and ends, and nothing is given back`() {
    let lifetime = Lifetime()
    #expect(lifetime.beginUse())
    #expect(!lifetime.endUse())
    #expect(!lifetime.isClosed)
  }

  @Test func `The last use after the close gives the number back`() {
    let lifetime = Lifetime()
    #expect(lifetime.beginUse())
    #expect(lifetime.close())
    #expect(!lifetime.endUse())
    // The use by the call that closed.
    #expect(lifetime.endUse())
  }

  @Test func `A call that comes too late neither uses it nor gives it back again`() {
    let lifetime = Lifetime()
    #expect(lifetime.close())
    #expect(!lifetime.beginUse())
    #expect(!lifetime.endUse())
    #expect(lifetime.endUse())
    #expect(!lifetime.beginUse())
    #expect(!lifetime.endUse())
  }

  @Test func `It is closed once`() {
    let lifetime = Lifetime()
    #expect(lifetime.close())
    #expect(!lifetime.close())
    #expect(!lifetime.beginClosing())
  }

  @Test func `While one task is closing it, only that may use it`() {
    let lifetime = Lifetime()
    #expect(lifetime.beginClosing())
    #expect(!lifetime.beginClosing())
    #expect(lifetime.isClosed)
    #expect(!lifetime.beginUse())
    #expect(!lifetime.endUse())
    #expect(lifetime.beginUseWhileClosing())
    #expect(!lifetime.endUse())
    #expect(lifetime.close())
    #expect(!lifetime.endUse())
    #expect(lifetime.endUse())
  }

  @Test func `Of threads that use and close it at once, one gives the number back`() async {
    for _ in 0..<200 {
      let lifetime = Lifetime()
      let givenBack = await withTaskGroup { group in
        for _ in 0..<4 {
          group.addTask {
            var count = 0
            for _ in 0..<50 {
              _ = lifetime.beginUse()
              if lifetime.endUse() { count += 1 }
            }
            if lifetime.close(), lifetime.endUse() { count += 1 }
            return count
          }
        }
        return await group.reduce(0, +)
      }
      #expect(givenBack == 1)
    }
  }
}

/// A lifetime that can be handed around, as `#expect` does.
private final class Lifetime: Sendable {
  private let value = DescriptorLifetime()

  var isClosed: Bool { value.isClosed }
  func beginUse() -> Bool { value.beginUse() }
  func beginUseWhileClosing() -> Bool { value.beginUseWhileClosing() }
  func beginClosing() -> Bool { value.beginClosing() }
  func close() -> Bool { value.close() }
  func endUse() -> Bool { value.endUse() }
}
