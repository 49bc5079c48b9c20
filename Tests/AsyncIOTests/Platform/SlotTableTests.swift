// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import AsyncIOPlatform

@Suite struct SlotTableTests {
  @Test func `A place is used again, and what had it before is no longer found`() {
    var table = SlotTable<String>()
    let first = table.insert("first")
    let number = table.number(at: first)
    #expect(table.index(of: number) == first)
    #expect(table.remove(at: first) == "first")
    #expect(table.index(of: number) == nil)
    let second = table.insert("second")
    #expect(second == first)
    #expect(table.index(of: number) == nil)
    #expect(table.number(at: second) != number)
    #expect(table.count == 1 && table.placeCount == 1)
  }

  @Test func `Values are changed where they are`() {
    var table = SlotTable<[Int]>()
    let index = table.insert([1])
    table[index].append(2)
    #expect(table[index] == [1, 2])
  }

  @Test func `Holes are filled before the table grows`() {
    var table = SlotTable<Int>()
    let places = (0..<10).map { table.insert($0) }
    for index in places where index % 2 == 0 { table.remove(at: index) }
    #expect(Array(table.values) == [1, 3, 5, 7, 9])
    #expect(table.indices { $0 > 4 } == [5, 7, 9])
    for value in 20..<25 { _ = table.insert(value) }
    #expect(table.count == 10 && table.placeCount == 10)
    _ = table.insert(30)
    #expect(table.placeCount == 11)
  }

  @Test func `No number is 0, has the highest bit, or is found in an empty table`() {
    var table = SlotTable<Int>()
    #expect(table.index(of: 1) == nil)
    for value in 0..<3 {
      let index = table.insert(value)
      let number = table.number(at: index)
      #expect(number != 0 && number >> 63 == 0)
    }
    #expect(table.index(of: .max) == nil)
  }

  @Test func `As a dictionary would, through many insertions and removals`() {
    var generator = SplitMix64(seed: 7)
    var table = SlotTable<UInt64>()
    var (model, numbers): ([UInt64: UInt64], [UInt64]) = ([:], [])
    for _ in 0..<20_000 {
      if generator.next() % 3 < 2 {
        let value = generator.next()
        let index = table.insert(value)
        let number = table.number(at: index)
        model[number] = value
        numbers.append(number)
      } else if !numbers.isEmpty {
        let number = numbers.remove(at: generator.next(below: numbers.count))
        let index = table.index(of: number)
        #expect(index.map { table.remove(at: $0) } == model.removeValue(forKey: number))
        #expect(table.index(of: number) == nil)
      }
    }
    #expect(table.count == model.count)
    for (number, value) in model { #expect(table.index(of: number).map { table[$0] } == value) }
  }
}
