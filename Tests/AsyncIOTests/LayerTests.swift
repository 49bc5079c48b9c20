// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

/// The folders of `Sources/AsyncIO` are layers: a file names types of its own layer and of those below, never of those above.
@Suite struct LayerTests {
  /// From the lowest to the highest.
  private static let layers = [
    "Kernel", "Primitives", "Tasks", "Executors", "Descriptors", "Network", "System", "Program",
  ]

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/AsyncIO")

  @Test func `No file names a type of a layer above its own`() throws {
    let upward = try Self.sources().upwardNames(Self.layers)
    #expect(upward.isEmpty, "\(upward.joined(separator: "\n"))")
  }

  @Test func `Every folder is a layer`() throws {
    let folders = Set(try Self.sources().files.map(\.folder))
    #expect(folders == Set(Self.layers))
  }

  @Test func `A name of a layer above is found, wherever it is written`() {
    let sources = SwiftSources([
      ("Kernel/Low.swift", "struct Low { let high: High }  // Other"),
      ("Kernel/Text.swift", "let text = \"Other \\(Other.name)\""),
      ("Kernel/Own.swift", "struct Own { struct Other {}; let other: Other }"),
      ("Tasks/High.swift", "enum Other {}\nfinal class High { private struct Low {} }"),
      ("Tasks/Fine.swift", "struct Fine { let low: Low }"),
    ])
    #expect(
      sources.upwardNames(["Kernel", "Tasks"]) == [
        "Kernel/Low.swift names High of Tasks/High.swift",
        "Kernel/Text.swift names Other of Tasks/High.swift",
      ])
  }

  private static func sources() throws -> SwiftSources {
    let paths =
      FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    // What is re-exported is no layer.
    let swift = paths.filter { $0.hasSuffix(".swift") && $0.contains("/") }.sorted()
    #expect(swift.count > 50)
    return SwiftSources(
      try swift.map {
        ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
      })
  }
}
