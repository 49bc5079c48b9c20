// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import FoundationEssentials
internal import HTTPCore
internal import HTTPTypes

/// What is in a directory, as a page or as JSON.
struct DirectoryListing {
  /// One file or directory.
  struct Entry: Encodable {
    let name: String
    let isDirectory: Bool
    let size: Int?
    /// As fields have dates.
    let modified: String
    fileprivate let bytes: [UInt8]
    fileprivate let time: Int64

    enum CodingKeys: String, CodingKey { case name, isDirectory, size, modified }
  }

  private enum Order: String { case name, size, time }

  private let directory: OpenedFile
  private let path: [[UInt8]]
  private let servesHidden: Bool

  /// A directory of more files than this is no place for people.
  private static let mostEntries = 10_000

  init(_ directory: OpenedFile, _ path: [[UInt8]], servesHidden: Bool) {
    self.directory = directory
    self.path = path
    self.servesHidden = servesHidden
  }

  func response(to request: HTTPServer.Request) async throws -> HTTPServer.Response {
    let query = request.query
    let order = query["sort"].flatMap { Order(rawValue: $0) } ?? .name
    let isDescending = query["order"] == "desc"
    let entries = try await entries(order, isDescending: isDescending)
    let wantsJSON =
      query["format"] == "json"
      || request.header(.accept)?.lowercased().hasPrefix("application/json") == true
    var response: HTTPServer.Response =
      wantsJSON
      ? try .json(entries) : .html(page(entries, order, isDescending: isDescending))
    response.headers[.vary] = "Accept"
    response.headers[.cacheControl] = "no-cache"
    return response
  }

  private func entries(_ order: Order, isDescending: Bool) async throws -> [Entry] {
    let (directory, servesHidden) = (directory, servesHidden)
    let entries = try await runBlocking {
      try directory.names(limit: Self.mostEntries).compactMap { name -> Entry? in
        if name.first == 0x2E, !servesHidden { return nil }
        // What cannot be opened cannot be served either.
        guard let file = try? directory.open(CString(path: name)),
          file.isRegular || file.isDirectory
        else { return nil }
        let seconds = file.modified / 1_000_000_000
        return Entry(
          name: String(decoding: name, as: UTF8.self), isDirectory: file.isDirectory,
          size: file.isRegular ? file.size : nil, modified: HTTPDate.text(seconds), bytes: name,
          time: seconds)
      }
    }
    let sorted = entries.sorted { one, other in
      // Directories first, whatever the order.
      if one.isDirectory != other.isDirectory { return one.isDirectory }
      switch order {
      case .name: break
      case .size: if one.size != other.size { return (one.size ?? 0) < (other.size ?? 0) }
      case .time: if one.time != other.time { return one.time < other.time }
      }
      return one.name.lowercased() < other.name.lowercased()
    }
    return isDescending ? sorted.reversed() : sorted
  }

  // MARK: The page

  private func page(_ entries: [Entry], _ order: Order, isDescending: Bool) -> String {
    let title = "/" + path.map { String(decoding: $0, as: UTF8.self) + "/" }.joined()
    let up = path.isEmpty ? "" : "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <h1>\(Self.escaped(title))</h1>
      <table>
      <thead><tr>\(heading(.name, "Name", order, isDescending))\
      \(heading(.size, "Size", order, isDescending))\
      \(heading(.time, "Changed", order, isDescending))</tr></thead>
      <tbody>
      \(up)\(entries.map(row).joined())</tbody>
      </table>
      <p>\(entries.count == 1 ? "1 entry" : "\(entries.count) entries") · \
      <a href="?format=json">JSON</a></p>
      </body>
      </html>

      """
  }

  private func heading(
    _ order: Order, _ title: String, _ current: Order, _ isDescending: Bool
  ) -> String {
    let isCurrent = order == current
    let next = isCurrent && !isDescending ? "desc" : "asc"
    let mark = isCurrent ? (isDescending ? " ↓" : " ↑") : ""
    let state = isCurrent ? " aria-sort=\"\(isDescending ? "descending" : "ascending")\"" : ""
    let link = "?sort=\(order.rawValue)&amp;order=\(next)"
    return "<th scope=\"col\"\(state)><a href=\"\(link)\">\(title)\(mark)</a></th>"
  }

  private func row(_ entry: Entry) -> String {
    let slash = entry.isDirectory ? "/" : ""
    let size = entry.size.map(Self.size) ?? ""
    return """
      <tr><td><a href="./\(Percent.encode(entry.bytes))\(slash)">\(Self.escaped(entry.name))\(slash)</a></td>\
      <td>\(size)</td><td>\(entry.modified)</td></tr>

      """
  }

  private static func size(_ bytes: Int) -> String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    if unit == 0 { return "\(bytes) B" }
    let tenths = Int((value * 10).rounded())
    return tenths < 100
      ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let style = """
    :root { color-scheme: light dark; --text: #1b1b1f; --ground: #fff; --faint: #5c5f66; --line: #e3e4e8; --link: #0b57d0; }
    @media (prefers-color-scheme: dark) {
      :root { --text: #e4e4e8; --ground: #17181b; --faint: #a0a3ab; --line: #33353b; --link: #8ab4f8; }
    }
    body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
      color: var(--text); background: var(--ground); }
    h1 { font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
    th:nth-child(2), td:nth-child(2) { text-align: right; white-space: nowrap; }
    th:nth-child(3), td:nth-child(3) { padding-left: 1.5rem; white-space: nowrap; color: var(--faint); }
    td:first-child { overflow-wrap: anywhere; }
    a { color: var(--link); text-decoration: none; }
    a:hover, a:focus-visible { text-decoration: underline; }
    p { color: var(--faint); font-size: .875rem; }
    @media (max-width: 40rem) { th:nth-child(3), td:nth-child(3) { display: none; } }
    """
}
