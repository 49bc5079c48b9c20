// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

/// The folders of a target are layers: a file names types of its own layer and of those below, never of those above.
///
/// Between the targets the compiler sees to that.
@Suite struct LayerTests {
  /// By target, from the lowest to the highest.
  static let layers = [
    ("AsyncIOCore", ["Kernel", "Primitives", "Tasks", "Executors"]),
    ("AsyncIO", ["Descriptors", "Network", "System", "Program"]),
  ]

  private static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources")

  @Test(arguments: layers)
  func `No file names a type of a layer above its own`(
    _ target: String, _ layers: [String]
  ) throws {
    let upward = try Self.sources(of: target).upwardNames(layers)
    #expect(upward.isEmpty, "\(upward.joined(separator: "\n"))")
  }

  @Test(arguments: layers)
  func `Every folder is a layer`(_ target: String, _ layers: [String]) throws {
    let folders = Set(try Self.sources(of: target).files.map(\.folder))
    #expect(folders == Set(layers))
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

  private static func sources(of target: String) throws -> SwiftSources {
    let folder = sources.appendingPathComponent(target)
    let paths =
      FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    // What is re-exported is no layer.
    let swift = paths.filter { $0.hasSuffix(".swift") && $0.contains("/") }.sorted()
    #expect(swift.count > 40)
    return SwiftSources(
      try swift.map {
        ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
      })
  }
}
