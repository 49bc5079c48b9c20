// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

/// Style that a formatter does not check.
///
/// Each rule names the file that breaks it.
@Suite struct TidyTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Swift files below a folder, by path, with their text.
  private func files(_ folder: String) -> [(path: String, text: String)] {
    let base = Self.root.appendingPathComponent(folder)
    let paths =
      FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
    #expect(!paths.isEmpty, "there is no folder \(folder)")
    return paths.filter { $0.hasSuffix(".swift") && !$0.contains(".build") }.sorted().compactMap {
      path in
      let text = try? String(contentsOf: base.appendingPathComponent(path), encoding: .utf8)
      return text.map { ("\(folder)/\(path)", $0) }
    }
  }

  private func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test func `No file is longer than a reader's patience`() {
    for (path, text) in files("Sources") + files("Tests") {
      #expect(lines(text).count <= 430, "\(path) has \(lines(text).count) lines")
    }
  }

  @Test func `Every file begins with the licence`() {
    for (path, text) in files("Sources") + files("Tests") + files("Examples") {
      // A package's own file has the version of its tools before that.
      let header = text.split(separator: "\n", maxSplits: 2).prefix(2)
      #expect(
        header.contains("// SPDX-License-Identifier: Apache-2.0") || path.contains("Contract"),
        "\(path)")
    }
  }

  @Test func `Tests wait for a state, and not for a time`() throws {
    // A sleep of some milliseconds: in virtual time, durations are seconds and more, or the clock is named.
    let short = /sleep\(for: \.(milli|micro|nano)seconds/
    for (path, text) in files("Tests/AsyncIOTests") where !path.hasSuffix("TidyTests.swift") {
      #expect(!text.contains("Task.sleep(") || path.contains("Sleep"), "\(path)")
      guard text.contains("onNetworkLoop") || text.contains("onRing") else { continue }
      #expect(!text.contains(short), "\(path)")
    }
  }

  @Test func `Platforms differ in one target only`() {
    for (path, text) in files("Sources/AsyncIO") + files("Sources/AsyncIOCore") {
      #expect(!text.contains("#if os(") && !text.contains("canImport("), "\(path)")
    }
  }

  @Test func `The runtime is touched behind its door only`() {
    for (path, text) in files("Sources") {
      // Our own interface between targets is no experiment.
      let other = text.replacing("@_spi(AsyncIO)", with: "")
      let isDirect = path.contains("/Kernel/Runtime/Direct/")
      let spi = isDirect && path.hasSuffix("TakeoverExecutors+Direct.swift")
      #expect(!other.contains("@_spi") || spi, "\(path)")
      for name in ["@_silgen_name", "unsafeBitCast(", "@_cdecl", "import Builtin"] {
        #expect(!text.contains(name) || isDirect, "\(path): \(name)")
      }
    }
  }

  @Test func `The two implementations of the door are for compilers of their own`() {
    let direct = "\n#if compiler(>=6.3) && compiler(<6.4) && !ASYNCIO_STANDARD_RUNTIME\n"
    let standard = "\n#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME\n"
    var types = (direct: Set<Substring>(), standard: Set<Substring>())
    for (path, text) in files("Sources/AsyncIOCore/Kernel/Runtime") where path.contains("+") {
      let name = path.split(separator: "/").last?.prefix { $0 != "+" } ?? ""
      if path.contains("/Direct/") {
        #expect(text.contains(direct), "\(path)")
        types.direct.insert(name)
      } else {
        #expect(text.contains(standard), "\(path)")
        types.standard.insert(name)
      }
    }
    #expect(types.direct == types.standard && types.direct.count > 8)
  }

  @Test func `Parameters and errors are documented by DocC's markup`() {
    let bullet = /- (Parameter )?`\w+`:/
    for (path, text) in files("Sources") {
      for function in DocumentedFunction.all(in: text) {
        let place = "\(path):\(function.line)"
        #expect(!function.comment.contains { $0.contains(bullet) }, "\(place)")
        for name in function.documentedParameters {
          #expect(function.parameters.contains(name), "\(place): no parameter \(name)")
        }
        let saysError = function.comment.contains { $0.hasPrefix("- Throws: ") }
        #expect(saysError || !function.throwsError || !function.isPublic, "\(place)")
      }
    }
  }

  @Test func `What the rule of documentation reads`() throws {
    let source = """
      struct Some {
        /// Does it.
        ///
        /// - Parameters:
        ///   - count: How often.
        ///   - body: What, for
        ///     a while.
        /// - Throws: What `body` does.
        @discardableResult
        public func perform(
          _ count: Int = 1, with body: () throws -> Void
        ) async throws(Failure) -> Int {}

        /// - Parameter other: It is not there.
        func `do it`(this: Int) {}
      }
      """
    let functions = DocumentedFunction.all(in: source)
    let first = try #require(functions.first)
    #expect(functions.count == 2 && first.line == 10)
    #expect(first.documentedParameters == ["count", "body"])
    #expect(first.parameters == ["count", "body"] && first.isPublic && first.throwsError)
    #expect(functions[1].documentedParameters == ["other"] && functions[1].parameters == ["this"])
    #expect(!functions[1].isPublic && !functions[1].throwsError)
  }

  @Test func `Each type is in a file of its name`() {
    for (path, text) in files("Sources") {
      let name = path.split(separator: "/").last.map { $0.prefix { $0 != "+" && $0 != "." } } ?? ""
      for type in SwiftSources([(path, text)]).files.flatMap(\.types) {
        #expect(type == name, "\(path) has the type \(type)")
      }
    }
  }

  @Test func `Traps keep their messages in release builds`() {
    // The standard library's say nothing there.
    let silent = [" precondition(", "preconditionFailure("]
    for (path, text) in files("Sources") where !path.hasSuffix("Require.swift") {
      for name in silent { #expect(!text.contains(name), "\(path): \(name)…)") }
    }
  }

  @Test func `Every unchecked Sendable says why`() {
    for (path, text) in files("Sources") {
      let lines = lines(text)
      for (number, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
        // Said there, or at the class it inherits from.
        let around = lines[max(0, number - 16)...number].joined(separator: "\n")
        let inherits = [
          "TimerNode,", "LoopStep,", "DescriptorWait,", "RingRequest,", "DescriptorObserver,",
        ].contains {
          line.contains($0)
        }
        #expect(
          around.contains("Unchecked:") || around.contains("//") && inherits || line.contains("//"),
          "\(path):\(number + 1)")
      }
    }
  }

  @Test func `Public functions that may suspend say what cancellation does`() {
    var checked = 0
    for (path, text) in ["AsyncIO", "AsyncIOCore", "AsyncIOTLS"].flatMap({ files("Sources/\($0)") })
    {
      let lines = lines(text)
      for (number, line) in lines.enumerated()
      where line.contains("public func") || line.contains("public final func")
        || line.contains("public static func")
      {
        let signature = lines[number..<min(lines.count, number + 12)].joined(separator: " ").prefix
        { $0 != "{" }
        // What is in parentheses belongs to parameters.
        var depth = 0
        let own = signature.filter { character in
          if character == "(" { depth += 1 }
          if character == ")" { depth -= 1 }
          return depth == 0
        }
        guard own.contains(") async") else { continue }
        let doc = lines[..<number].reversed().prefix { $0.contains("///") || $0.contains("@") }
          .joined()
        #expect(doc.lowercased().contains("cancel"), "\(path):\(number + 1)")
        checked += 1
      }
    }
    #expect(checked > 50)
  }
}
