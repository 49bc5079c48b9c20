// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Source files, and which of them names a type of another: by the names alone, for a test of layers.
struct SwiftSources {
  struct File {
    let path: String
    /// The code without comments and without the text of strings; what they interpolate is code.
    let code: String
    /// The types at the top level that other files can name.
    let types: [String]
    /// All types that the file defines, those inside others included: they hide others of the same name.
    let definitions: Set<String>

    var folder: String { path.split(separator: "/").first.map(String.init) ?? "" }
  }

  let files: [File]

  init(_ sources: [(path: String, text: String)]) {
    files = sources.map { path, text in
      let code = SourceScanner.code(of: text)
      return File(
        path: path, code: code, types: SourceScanner.topLevelTypes(of: code),
        definitions: SourceScanner.definitions(of: code))
    }
  }

  /// Each use of a type of a layer above, as a line; `layers` from the lowest to the highest.
  func upwardNames(_ layers: [String]) -> [String] {
    let ranks = Dictionary(uniqueKeysWithValues: zip(layers, layers.indices))
    var homes: [String: File] = [:]
    for file in files {
      for type in file.types { homes[type] = file }
    }
    return files.flatMap { file in
      SourceScanner.names(in: file.code).sorted().compactMap { name -> String? in
        guard let home = homes[name], !file.definitions.contains(name),
          let own = ranks[file.folder], let other = ranks[home.folder], other > own
        else { return nil }
        return "\(file.path) names \(name) of \(home.path)"
      }
    }
  }
}

/// As much of Swift's syntax as it takes to find names.
private enum SourceScanner {
  static func code(of text: String) -> String {
    var code = ""
    var rest = Substring(text)
    while let character = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
      } else if character == "\"" {
        code += " " + string(&rest) + " "
      } else {
        code.append(character)
        rest = rest.dropFirst()
      }
    }
    return code
  }

  /// Skips a string; what it interpolates.
  private static func string(_ rest: inout Substring) -> String {
    let quote = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    rest = rest.dropFirst(quote.count)
    var code = ""
    while !rest.isEmpty {
      if rest.hasPrefix(quote) {
        rest = rest.dropFirst(quote.count)
        break
      } else if rest.hasPrefix("\\(") {
        rest = rest.dropFirst(2)
        code += " " + interpolation(&rest) + " "
      } else {
        rest = rest.dropFirst(rest.first == "\\" ? 2 : 1)
      }
    }
    return code
  }

  private static func interpolation(_ rest: inout Substring) -> String {
    var depth = 1
    var code = ""
    while let character = rest.first, depth > 0 {
      if character == "\"" {
        code += string(&rest)
        continue
      }
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if depth > 0 { code.append(character) }
      rest = rest.dropFirst()
    }
    return code
  }

  static func topLevelTypes(of code: String) -> [String] {
    var types: [String] = []
    var depth = 0
    for line in code.split(separator: "\n") {
      if depth == 0, let (type, modifiers) = definition(in: line),
        !modifiers.contains("private"), !modifiers.contains("fileprivate")
      {
        types.append(type)
      }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
    }
    return types
  }

  static func definitions(of code: String) -> Set<String> {
    var found: Set<String> = []
    for line in code.split(separator: "\n") {
      for statement in line.split(whereSeparator: { "{};".contains($0) }) {
        if let (type, _) = definition(in: statement) { found.insert(type) }
      }
    }
    return found
  }

  private static func definition(in line: Substring) -> (type: String, modifiers: [String])? {
    let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    let keywords = ["struct", "class", "enum", "protocol", "actor", "typealias", "associatedtype"]
    guard let index = words.firstIndex(where: keywords.contains), index + 1 < words.count,
      words[index + 1] != "func", words[index + 1] != "var", !words.contains("import")
    else { return nil }
    return (words[index + 1], Array(words[..<index]))
  }

  static func names(in code: String) -> Set<String> {
    var names: Set<String> = []
    var word = ""
    var before: Character = " "
    for character in code + " " {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
        continue
      }
      // A member of something else is not what it is called.
      if !word.isEmpty, before != "." { names.insert(word) }
      word = ""
      before = character
    }
    return names
  }
}
