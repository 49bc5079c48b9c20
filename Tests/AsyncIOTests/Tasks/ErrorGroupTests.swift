// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIO
@testable import AsyncIOCore

@Suite struct ErrorGroupTests {
  private struct OtherFailure: Error, Equatable {
    let number: Int
  }

  @Test func `The first error of a type is found, also in a group within the group`() {
    let group = ErrorGroup([
      TestFailure("a"), ErrorGroup([OtherFailure(number: 1), TestFailure("b")]),
      OtherFailure(number: 2),
    ])
    #expect(group.first(of: TestFailure.self) == TestFailure("a"))
    #expect(group.first(of: OtherFailure.self) == OtherFailure(number: 1))
    #expect(group.first(of: CancellationError.self) == nil)
  }

  @Test func `A split keeps the structure and the order`() throws {
    let group = ErrorGroup([
      TestFailure("a"), ErrorGroup([OtherFailure(number: 1), TestFailure("b")]),
      OtherFailure(number: 2),
    ])
    let (matching, rest) = group.split { $0 is TestFailure }
    let found = try #require(matching)
    #expect(found.errors.count == 2)
    #expect(found.errors.first as? TestFailure == TestFailure("a"))
    #expect((found.errors.last as? ErrorGroup)?.errors.count == 1)
    let left = try #require(rest)
    #expect((left.errors.first as? ErrorGroup)?.errors.count == 1)
    #expect(left.errors.last as? OtherFailure == OtherFailure(number: 2))
  }

  @Test func `A part without errors is nil`() {
    let group = ErrorGroup([TestFailure("a"), ErrorGroup([TestFailure("b")])])
    let all = group.split { _ in true }
    #expect(all.matching?.errors.count == 2)
    #expect(all.rest == nil)
    let none = group.split { _ in false }
    #expect(none.matching == nil)
    #expect(none.rest?.errors.count == 2)
  }

  @Test func `A predicate that throws ends the split`() {
    let group = ErrorGroup([TestFailure("a")])
    #expect(throws: TestFailure("predicate")) {
      _ = try group.split { _ in throw TestFailure("predicate") }
    }
  }

  @Test func `The description counts the errors and has a line for each`() {
    let one = ErrorGroup([OtherFailure(number: 1)])
    #expect(one.description.hasPrefix("1 error:\n  "))
    let two = ErrorGroup(
      [OtherFailure(number: 1), OtherFailure(number: 2)], titles: ["task \"a\"", nil])
    #expect(two.description.hasPrefix("2 errors:\n  task \"a\": "))
    #expect(two.description.split(separator: "\n").count == 3)
  }

  @Test func `A group within a group is indented`() {
    let group = ErrorGroup(
      [ErrorGroup([OtherFailure(number: 1)], titles: ["task \"inner\""])],
      titles: ["task \"outer\""])
    let lines = group.description.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[1] == "  task \"outer\": 1 error:")
    #expect(lines[2].hasPrefix("      task \"inner\": "))
  }

  @Test func `A split keeps the names of the tasks`() {
    let group = ErrorGroup(
      [TestFailure("a"), OtherFailure(number: 1)], titles: ["task \"a\"", "task \"b\""])
    let rest = group.split { $0 is TestFailure }.rest
    #expect(rest?.description.contains("task \"b\"") == true)
    #expect(rest?.description.contains("task \"a\"") == false)
  }

  @Test func `Errors are told apart by their box, which rethrowing keeps`() {
    func rethrown(_ error: any Error) -> any Error {
      do { throw error } catch { return error }
    }
    let first: any Error = TestFailure("same")
    let second: any Error = TestFailure("same")
    #expect(ErrorIdentity(first) == ErrorIdentity(rethrown(first)))
    #expect(ErrorIdentity(first) != ErrorIdentity(second))
  }
}
