// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

@testable import HTTPCore

@Suite struct EventStreamTests {
  private typealias Event = EventStreamParser.Event

  /// The events of a text, given in pieces of one size.
  private static func events(_ text: String, piece: Int) throws -> [Event] {
    var parser = EventStreamParser()
    var events: [Event] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      parser.append(Array(bytes[start..<min(bytes.count, start + piece)]))
      while let event = try parser.next() { events.append(event) }
    }
    return events
  }

  private static func event(
    _ data: String, name: String = "message", id: String = "", retry: Int? = nil
  ) -> Event { Event(name: name, data: data, id: id, retry: retry) }

  static let streams: [(String, [EventStreamParser.Event])] = [
    ("data: a\n\n", [event("a")]), ("data:a\r\n\r\n", [event("a")]),
    ("data: a\r\rdata: b\r\r", [event("a"), event("b")]),
    ("data: a\ndata:  b\n\n", [event("a\n b")]), ("data\n\n", [event("")]),
    ("data\ndata\n\n", [event("\n")]),
    (": comment\n\nevent: x\ndata: 1\n\n", [event("1", name: "x")]),
    ("event: x\n\ndata: 1\n\n", [event("1")]), ("\u{FEFF}data: 1\n\n", [event("1")]),
    ("id: 7\ndata: 1\n\ndata: 2\n\n", [event("1", id: "7"), event("2", id: "7")]),
    ("id: 7\ndata: 1\n\nid\ndata: 2\n\n", [event("1", id: "7"), event("2")]),
    ("id: 7\0\ndata: 1\n\n", [event("1")]), ("retry: 10\ndata: 1\n\n", [event("1", retry: 10)]),
    ("retry: 1x\ndata: 1\n\n", [event("1")]), ("other: 1\ndata: 1\n\n", [event("1")]),
    ("data: cut", []), ("data: cut\n", []), ("\n\n\n", []), ("data: é\n\n", [event("é")]),
    ("data: a\r\n\ndata: b\n\r\n", [event("a"), event("b")]),
  ]

  @Test(arguments: streams)
  func `Events are read, wherever the stream is cut`(
    text: String, expected: [EventStreamParser.Event]
  ) throws {
    for piece in 1...max(1, text.utf8.count) {
      #expect(try Self.events(text, piece: piece) == expected, "pieces of \(piece)")
    }
  }

  @Test func `An event without end is an error`() {
    var parser = EventStreamParser(limit: 100)
    parser.append(Array(("data: " + String(repeating: "x", count: 200)).utf8))
    #expect(throws: EventStreamParser.TooLarge.self) { try parser.next() }
    var many = EventStreamParser(limit: 100)
    many.append(Array(String(repeating: "data: 1234567\n", count: 50).utf8))
    #expect(throws: EventStreamParser.TooLarge.self) { try many.next() }
  }

  @Test(arguments: [
    ("a\nb\r\n\nc", ["a", "b", "", "c"]), ("a\n", ["a"]), ("", []), ("\n", [""]),
    ("a\rb\n", ["a\rb"]),
  ])
  func `Lines are found, wherever the bytes are cut`(text: String, expected: [String]) throws {
    let bytes = Array(text.utf8)
    for piece in 1...max(1, bytes.count) {
      var (splitter, lines) = (LineSplitter(limit: 10), [String]())
      for start in stride(from: 0, to: bytes.count, by: piece) {
        splitter.append(Array(bytes[start..<min(bytes.count, start + piece)]))
        while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
      }
      splitter.finish()
      while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
      #expect(lines == expected, "pieces of \(piece)")
    }
  }

  @Test func `A line that is too long is an error before it has ended`() throws {
    var splitter = LineSplitter(limit: 10)
    splitter.append(Array("0123456789\n01234567890".utf8))
    #expect(try splitter.next()?.count == 10)
    #expect(throws: LineSplitter.TooLong.self) { try splitter.next() }
  }
}
