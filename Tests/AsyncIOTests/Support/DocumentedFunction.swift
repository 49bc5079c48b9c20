// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A function or an initializer of Swift source that has a doc comment.
struct DocumentedFunction {
  /// The line of its declaration, from 1.
  var line = 0
  /// The lines of the comment, without their slashes and outer spaces.
  var comment: [String] = []
  /// The names that the body uses for the parameters.
  var parameters: [String] = []
  var isPublic = false
  /// Whether the function itself throws, whatever closures it takes.
  var throwsError = false

  /// The parameters that the comment describes.
  var documentedParameters: [String] {
    var names: [String] = []
    var isInList = false
    for line in comment {
      if let match = line.wholeMatch(of: /- Parameter (\w+): .+/) {
        names.append(String(match.1))
        isInList = false
      } else if line == "- Parameters:" {
        isInList = true
      } else if isInList, let match = line.wholeMatch(of: /- (\w+): .+/), match.1 != "Throws",
        match.1 != "Returns"
      {
        names.append(String(match.1))
      } else if line.hasPrefix("- ") {
        isInList = false
      }
    }
    return names
  }

  static func all(in source: String) -> [DocumentedFunction] {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.drop { $0 == " " } }
    var functions: [DocumentedFunction] = []
    var comment: [String] = []
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("///") {
        comment.append(line.dropFirst(3).trimming(" "))
      } else if !comment.isEmpty, !line.hasPrefix("@") || line.contains(" func ") {
        if let start = line.firstRange(of: /\b(func|init|subscript)\b/) {
          var function = DocumentedFunction(line: index + 1, comment: comment)
          function.isPublic = line[..<start.lowerBound].contains(/\b(public|open)\b/)
          function.read(lines[index...].prefix(20).joined(separator: " ")[...])
          functions.append(function)
        }
        comment = []
      }
    }
    return functions
  }

  /// Reads the parameters and what follows them.
  private mutating func read(_ declaration: Substring) {
    guard let open = declaration.firstIndex(of: "(") else { return }
    var depth = 0
    var angles = 0
    var parameter = ""
    for index in declaration[open...].indices {
      let character = declaration[index]
      // Angle brackets also occur in operators and arrows.
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      let before = declaration[..<index].last
      if character == "<", before?.isLetter == true { angles += 1 }
      if character == ">", before != "-", angles > 0 { angles -= 1 }
      if depth == 0 {
        add(parameter)
        let rest = declaration[declaration.index(after: index)...]
        throwsError = rest.prefixMatch(of: /\s*(async\s+)?throws\b/) != nil
        return
      }
      if depth == 1, angles == 0, character == "," {
        add(parameter)
        parameter = ""
      } else if index != open {
        parameter.append(character)
      }
    }
  }

  /// Of `@Sendable _ name: Type` the name.
  private mutating func add(_ parameter: String) {
    let names = parameter.prefix { $0 != ":" }.split(separator: " ")
    if parameter.contains(":"), let name = names.last { parameters.append(String(name)) }
  }
}

extension Substring {
  fileprivate func trimming(_ character: Character) -> String {
    var text = drop { $0 == character }
    while text.last == character { text.removeLast() }
    return String(text)
  }
}
