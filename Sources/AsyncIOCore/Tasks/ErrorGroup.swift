// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// All the errors of a task scope, or of a race without a winner.
///
/// Python's `ExceptionGroup`.
public struct ErrorGroup: Error, CustomStringConvertible {
  /// The errors, in the order in which they happened; for a race in the order of its arguments.
  public let errors: [any Error]
  private let titles: [String?]

  /// Makes a group of errors.
  public init(_ errors: [any Error]) { self.init(errors, titles: errors.map { _ in nil }) }

  @usableFromInline
  init(_ errors: [any Error], titles: [String?]) {
    self.errors = errors
    self.titles = titles
  }

  /// The first error of this type, looking into groups within the group.
  public func first<Failure: Error>(of type: Failure.Type = Failure.self) -> Failure? {
    for error in errors {
      if let match = error as? Failure { return match }
      if let match = (error as? ErrorGroup)?.first(of: type) { return match }
    }
    return nil
  }

  /// The group in two: the errors for which `predicate` holds, and the rest; nil for a part without
  /// errors.
  ///
  /// Groups within the group are split likewise.
  public func split(
    where predicate: (any Error) throws -> Bool
  ) rethrows -> (matching: ErrorGroup?, rest: ErrorGroup?) {
    var (matching, rest) = (Part(), Part())
    for (error, title) in zip(errors, titles) {
      if let group = error as? ErrorGroup {
        let parts = try group.split(where: predicate)
        matching.add(parts.matching, title)
        rest.add(parts.rest, title)
      } else if try predicate(error) {
        matching.add(error, title)
      } else {
        rest.add(error, title)
      }
    }
    return (matching.group, rest.group)
  }

  /// The number of errors, and a line for each with the name of the task it comes from.
  public var description: String {
    let lines = zip(errors, titles).map { error, title in
      let text = "\(error)".split(separator: "\n", omittingEmptySubsequences: false)
        .joined(separator: "\n    ")
      return "\n  " + (title.map { "\($0): " } ?? "") + text
    }
    return "\(errors.count) \(errors.count == 1 ? "error" : "errors"):" + lines.joined()
  }

  private struct Part {
    var errors: [any Error] = []
    var titles: [String?] = []

    mutating func add(_ error: (any Error)?, _ title: String?) {
      guard let error else { return }
      errors.append(error)
      titles.append(title)
    }

    var group: ErrorGroup? { errors.isEmpty ? nil : ErrorGroup(errors, titles: titles) }
  }
}

extension Error {
  /// Whether `other` is the same error, perhaps in another box: of the same type, and equal, or as like as it can be seen.
  func isSame(as other: any Error) -> Bool {
    guard type(of: self) == type(of: other) else { return false }
    if let this = self as? any Equatable { return this.isEqual(to: other) }
    return String(reflecting: self) == String(reflecting: other)
  }
}

extension Equatable {
  fileprivate func isEqual(to other: Any) -> Bool { (other as? Self) == self }
}
