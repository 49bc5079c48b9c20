// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// Something that happened on a connection: ``Configuration/trace``.
  ///
  /// Later versions may add cases.
  public enum TraceEvent: Sendable, CustomStringConvertible {
    /// What the client did, in words: it has connected, follows a redirect, tries again.
    case note(String)
    /// The head of a request, line by line.
    case sent(String)
    /// The head of an answer, line by line.
    case received(String)

    /// Each line behind a `*`, `>` or `<`.
    public var description: String {
      let (mark, text) =
        switch self {
        case .note(let text): ("*", text)
        case .sent(let text): (">", text)
        case .received(let text): ("<", text)
        }
      return text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? mark : "\(mark) \($0)" }.joined(separator: "\n")
    }
  }
}
