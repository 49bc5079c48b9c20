// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

extension HTTPServer {
  /// An event that a page listens for, HTML Standard section 9.2.
  public struct ServerSentEvent: Sendable, Hashable {
    /// What it says; of several lines, if it has line feeds.
    public var data: String
    /// What kind of event it is; `message` for the page if nil.
    public var name: String?
    /// What the page repeats as `Last-Event-ID` when it connects again.
    public var id: String?
    /// How long the page is to wait before it connects again.
    public var retry: Duration?

    /// An event.
    public init(
      _ data: String, name: String? = nil, id: String? = nil, retry: Duration? = nil
    ) {
      (self.data, self.name, self.id, self.retry) = (data, name, id, retry)
    }

    /// The event on the wire.
    ///
    /// - Throws: ``StatusError``, 500, when the name or the identifier would be read as something else.
    func bytes() throws -> [UInt8] {
      var text = ""
      for (field, value) in [("event", name), ("id", id)] {
        guard let value else { continue }
        guard !value.contains(where: { $0.isNewline || $0 == "\0" }) else {
          throw StatusError(
            .internalServerError,
            "the \(field) of an event must be one line: \(value.debugDescription)")
        }
        text += "\(field): \(value)\n"
      }
      if let retry { text += "retry: \(Int(retry / .milliseconds(1)))\n" }
      let lines = data.split(omittingEmptySubsequences: false) {
        $0 == "\n" || $0 == "\r\n" || $0 == "\r"
      }
      for line in lines { text += "data: \(line)\n" }
      return Array("\(text)\n".utf8)
    }
  }
}
