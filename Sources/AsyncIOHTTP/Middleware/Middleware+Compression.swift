// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPCodings
internal import HTTPCore
internal import HTTPTypes

extension Middleware {
  /// Compresses responses for clients that understand it: by Brotli, Zstandard or gzip, as they wish.
  ///
  /// What is small, is no text or compressed already, or has a coding, is left as it is. A streamed body is sent on piece by piece, each
  /// complete for the client. Bodies over 64 KiB are coded in pieces, with turns for others in between.
  ///
  /// A page that has both a secret and what a stranger sends can be guessed by its compressed size (BREACH): leave such ones out.
  public static let compression = compression(minimumSize: 1024)

  /// As ``compression``, for bodies from a size in bytes on.
  public static func compression(minimumSize: Int) -> Middleware {
    Middleware { request, next in
      var response = try await next(request)
      guard isWorthWhile(response, minimumSize) else { return response }
      response.headers[.vary] =
        [response.headers[.vary], "Accept-Encoding"].compactMap(\.self).joined(separator: ", ")
      let accepted = AcceptedCodings(request.header(.acceptEncoding))
      guard let coding = accepted.best(of: [.brotli, .zstd, .gzip]).first else { return response }
      return compressed(response, coding)
    }
  }

  private static func isWorthWhile(_ response: HTTPServer.Response, _ minimum: Int) -> Bool {
    let fields = response.headers
    guard let type = fields[.contentType], FileTypes.isCompressible(type),
      fields[.contentEncoding] == nil, fields[.contentRange] == nil,
      response.status.code >= 200, ![204, 206, 304].contains(response.status.code),
      fields[.cacheControl]?.contains("no-transform") != true
    else { return false }
    return response.body.length ?? .max >= max(minimum, 1)
  }

  private static func compressed(
    _ response: HTTPServer.Response, _ coding: ContentCoding
  ) -> HTTPServer.Response {
    var response = response
    let body = response.body
    response.headers[.contentEncoding] = coding.name
    response.headers[.acceptRanges] = nil
    // Byte for byte it is another file.
    if let tag = response.headers[.eTag], !tag.hasPrefix("W/") {
      response.headers[.eTag] = "W/\(tag)"
    }
    response.body = .stream { writer in
      let sink = try CompressingSink(coding, into: writer)
      switch body.storage {
      case .empty, .upgrade: break
      case .bytes(let bytes):
        for piece in bytes.pieces(of: 64 << 10) {
          try await sink.write(piece, isFlushed: false)
          await Task.yield()
        }
      case .file(let file):
        for try await piece in file.pieces { try await sink.write(piece, isFlushed: false) }
      case .stream(_, let write):
        let inner = BodyWriter(sink)
        try await write(inner)
        writer.trailers = inner.trailers
      }
      try await sink.finish()
    }
    return response
  }
}
