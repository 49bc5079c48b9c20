// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
internal import HTTPTypes

extension HTTPServer.Response {
  /// A file, with its type, its entity tag, and what the conditions and ranges of the request make of it.
  ///
  /// ```swift
  /// app.get("/report") { request in try await .file("/srv/report.pdf", for: request) }
  /// ```
  ///
  /// The path is the program's own. Never make one of what a client has sent: that is what ``StaticFiles`` is for.
  ///
  /// - Throws: ``StatusError``, 404, when there is no such file; `IOError` when it cannot be read; `NULByteError`;
  ///   `CancellationError`.
  public static func file(
    _ path: String, for request: HTTPServer.Request
  ) async throws -> HTTPServer.Response {
    let file = try await Files.openFile(path)
    guard let file, file.isRegular else { throw StatusError(.notFound) }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return FileAnswer(file, name, [.contentType: FileTypes.type(of: name)]).response(to: request)
  }
}

extension Router {
  /// Serves the files of a directory below a path: see ``StaticFiles``.
  ///
  /// The path itself leads to the directory's own page.
  public mutating func files(
    _ prefix: String, from directory: String, _ options: StaticFiles.Options = .init()
  ) {
    let files = StaticFiles(directory, options)
    let prefix = prefix == "/" ? "" : prefix
    if !prefix.isEmpty {
      get(prefix) { request in
        let last = request.path.split(separator: "/").last ?? ""
        return .redirect(to: "./\(last)/", status: .permanentRedirect)
      }
    }
    get("\(prefix)/{path...}") { request in
      try await files.response(request.rawRest, for: request)
    }
  }
}
