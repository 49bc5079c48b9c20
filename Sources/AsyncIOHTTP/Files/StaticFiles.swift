// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import HTTPCodings
internal import HTTPCore
internal import HTTPTypes

/// Serves the files of a directory.
///
/// ```swift
/// app.files("/static", from: "public")
/// ```
///
/// A file has a type by its name, an entity tag and a date; ranges and conditions are understood (RFC 9110 sections 13 and 14), and its
/// bytes are moved by the kernel where there is no TLS. Of a file for which there is a `.br`, `.zst` or `.gz` beside it, that is
/// sent to clients which understand it. No path leads out of the directory: neither `..`, nor a link, nor an encoding of either;
/// names that begin with a dot are not served.
public struct StaticFiles: Sendable {
  /// How files are served.
  public struct Options: Sendable {
    /// The file that is sent for its directory; none if nil.
    public var index: String? = "index.html"
    /// The file that is served where there is none, with status 200: for applications of one page that have paths of their own.
    public var fallback: String?
    /// Whether names that begin with a dot are served.
    public var servesHidden = false
    /// Whether a directory without an index is answered with a list of what is in it.
    public var listsDirectories = false
    /// Whether files that are there in a compressed form are sent in that.
    public var usesPrecompressed = true
    /// The value of Cache-Control, RFC 9111 section 5.2.2; none if nil.
    public var cacheControl: String?

    /// The usual settings.
    public init() {}
  }

  private let root: ServedDirectory
  private let options: Options

  /// Serves the files of a directory, which is looked for when the first is asked for.
  public init(_ directory: String, _ options: Options = Options()) {
    root = ServedDirectory(directory)
    self.options = options
  }

  /// The answer to a request for a file.
  ///
  /// - Parameters:
  ///   - path: The path below the directory, with its percent-encoding, as in the request's target; without a slash at its begin.
  ///   - request: Its conditions, ranges and encodings count.
  /// - Throws: ``StatusError``, 400, 404 or 405; `IOError` when the directory cannot be read; `CancellationError`.
  public func response(
    _ path: some StringProtocol, for request: HTTPServer.Request
  ) async throws -> HTTPServer.Response {
    guard request.method == .get || request.method == .head else {
      throw StatusError(.methodNotAllowed, headers: [.allow: "GET, HEAD"])
    }
    let names: [[UInt8]]
    do {
      names = try FilePathRule.path(
        Substring(path).utf8.split(separator: 0x2F, omittingEmptySubsequences: false),
        servesHidden: options.servesHidden)
    } catch {
      throw StatusError(error == .malformed ? .badRequest : .notFound)
    }
    do {
      return try await answer(names, request)
    } catch let error as StatusError where error.status == .notFound {
      guard let fallback = options.fallback else { throw error }
      let file = try await open([Array(fallback.utf8)])
      return try await answer(file, fallback, request)
    }
  }

  private func answer(
    _ names: [[UInt8]], _ request: HTTPServer.Request
  ) async throws -> HTTPServer.Response {
    let isDirectoryName = names.last?.isEmpty ?? true
    let parts = isDirectoryName ? Array(names.dropLast()) : names
    let file = try await open(parts)
    let name = String(decoding: parts.last ?? [], as: UTF8.self)
    if file.isDirectory {
      // By the last part only: a path that begins with two slashes would name a host.
      guard isDirectoryName else { return Self.redirect(toDirectory: names, request) }
      return try await answer(directory: file, parts, request)
    }
    guard file.isRegular, !isDirectoryName else { throw StatusError(.notFound) }
    return try await answer(file, name, request, parts)
  }

  private static func redirect(
    toDirectory names: [[UInt8]], _ request: HTTPServer.Request
  ) -> HTTPServer.Response {
    let query = Target.query(of: request.target).map { "?\($0)" } ?? ""
    let last = Percent.encode(names.last ?? [])
    return .redirect(to: "./\(last)/\(query)", status: .permanentRedirect)
  }

  private func answer(
    directory: OpenedFile, _ parts: [[UInt8]], _ request: HTTPServer.Request
  ) async throws -> HTTPServer.Response {
    if let index = options.index {
      let path = parts + [Array(index.utf8)]
      if let file = try await openIfThere(path), file.isRegular {
        return try await answer(file, index, request, path)
      }
    }
    guard options.listsDirectories else { throw StatusError(.notFound) }
    return try await DirectoryListing(directory, parts, servesHidden: options.servesHidden)
      .response(to: request)
  }

  // MARK: Files

  private func open(_ parts: [[UInt8]]) async throws -> OpenedFile {
    guard let file = try await openIfThere(parts) else { throw StatusError(.notFound) }
    return file
  }

  func openIfThere(_ parts: [[UInt8]]) async throws -> OpenedFile? {
    let path = parts.isEmpty ? [0x2E] : Array(parts.joined(separator: [0x2F]))
    do {
      return try await Files.open(path, in: root.opened())
    } catch let error as SystemError {
      // No such file, no directory where one would have to be, or a way out.
      if SystemError.noSuchFileCodes.contains(error.errno) { return nil }
      if SystemError.notPermittedCodes.contains(error.errno) { throw StatusError(.forbidden) }
      throw IOError("open", String(decoding: path, as: UTF8.self), error)
    }
  }

  /// The compressed form that the client wants most, if there is one.
  private func precompressed(
    _ parts: [[UInt8]], _ request: HTTPServer.Request
  ) async throws -> (OpenedFile, ContentCoding)? {
    let accepted = AcceptedCodings(request.header(.acceptEncoding))
    for coding in accepted.best(of: [.brotli, .zstd, .gzip]) {
      guard let last = parts.last else { return nil }
      let path = Array(parts.dropLast()) + [last + Array(".\(coding.fileEnding)".utf8)]
      if let file = try await openIfThere(path), file.isRegular { return (file, coding) }
    }
    return nil
  }

  private func answer(
    _ file: OpenedFile, _ name: String, _ request: HTTPServer.Request,
    _ parts: [[UInt8]]? = nil
  ) async throws -> HTTPServer.Response {
    let type = FileTypes.type(of: name)
    var fields: HTTPFields = [.contentType: type]
    if let control = options.cacheControl { fields[.cacheControl] = control }
    guard let parts, options.usesPrecompressed, FileTypes.isCompressible(type) else {
      return FileAnswer(file, name, fields).response(to: request)
    }
    fields[.vary] = "Accept-Encoding"
    guard let (compressed, coding) = try await precompressed(parts, request) else {
      return FileAnswer(file, name, fields).response(to: request)
    }
    fields[.contentEncoding] = coding.name
    return FileAnswer(compressed, name, fields).response(to: request)
  }
}

extension ContentCoding {
  /// How names of files of it end.
  fileprivate var fileEnding: String {
    switch self {
    case .gzip, .deflate: "gz"
    case .brotli: "br"
    case .zstd: "zst"
    }
  }
}
