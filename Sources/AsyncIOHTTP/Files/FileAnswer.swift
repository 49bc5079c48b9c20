// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import Glibc
internal import HTTPCore
internal import HTTPTypes

/// The response that is a file, or parts of one.
struct FileAnswer {
  private let file: OpenedFile
  private let name: String
  private let fields: HTTPFields

  init(_ file: OpenedFile, _ name: String, _ fields: HTTPFields) {
    self.file = file
    self.name = name
    self.fields = fields
  }

  /// Size, time and place make a state of a file.
  ///
  /// Changed in the last two seconds, it may be changed again without a sign.
  static func tag(of file: OpenedFile) -> EntityTag {
    let isYoung = Int64(time(nil)) - file.modified / 1_000_000_000 < 2
    let parts = [UInt64(file.size), UInt64(bitPattern: file.modified), file.inode]
    return EntityTag(parts.map { String($0, radix: 16) }.joined(separator: "-"), isWeak: isYoung)
  }

  func response(to request: HTTPServer.Request) -> HTTPServer.Response {
    let tag = Self.tag(of: file)
    let modified = file.modified / 1_000_000_000
    var fields = fields
    fields[.eTag] = tag.text
    fields[.lastModified] = HTTPDate.text(modified)
    fields[.acceptRanges] = "bytes"
    let conditions = Preconditions(request)
    switch conditions.evaluate(tag, modified: modified, isRead: true) {
    case .notModified:
      fields[.contentType] = nil
      return HTTPServer.Response(status: .notModified, headers: fields)
    case .failed: return .named(.preconditionFailed)
    case .proceed: break
    }
    guard request.method == .get, let range = request.header(.range),
      conditions.allowsRange(tag, modified: modified)
    else { return whole(fields) }
    switch ByteRanges(range, size: file.size) {
    case .whole: return whole(fields)
    case .unsatisfiable:
      return .named(.rangeNotSatisfiable, headers: [.contentRange: "bytes */\(file.size)"])
    case .parts(let parts):
      return parts.count == 1 ? part(parts[0], fields) : several(parts, fields)
    }
  }

  private func body(_ range: Range<Int>) -> ServedFile {
    ServedFile(file: file, subject: name, offset: range.lowerBound, length: range.count)
  }

  private func whole(_ fields: HTTPFields) -> HTTPServer.Response {
    let body: ResponseBody = file.size == 0 ? .empty : ResponseBody(.file(body(0..<file.size)))
    return HTTPServer.Response(headers: fields, body: body)
  }

  private func contentRange(_ part: Range<Int>) -> String {
    "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
  }

  private func part(_ part: Range<Int>, _ fields: HTTPFields) -> HTTPServer.Response {
    var fields = fields
    fields[.contentRange] = contentRange(part)
    return HTTPServer.Response(
      status: .partialContent, headers: fields, body: ResponseBody(.file(body(part))))
  }

  /// RFC 9110 section 14.6.
  private func several(_ parts: [Range<Int>], _ fields: HTTPFields) -> HTTPServer.Response {
    let boundary = FormEncoding.boundary()
    let type = fields[.contentType].map { "Content-Type: \($0)\r\n" } ?? ""
    let heads = parts.map { part in
      Array("\r\n--\(boundary)\r\n\(type)Content-Range: \(contentRange(part))\r\n\r\n".utf8)
    }
    let end = Array("\r\n--\(boundary)--\r\n".utf8)
    let length = zip(heads, parts).reduce(end.count) { $0 + $1.0.count + $1.1.count }
    var fields = fields
    fields[.contentType] = "multipart/byteranges; boundary=\(boundary)"
    let bodies = parts.map(body)
    return HTTPServer.Response(
      status: .partialContent, headers: fields,
      body: .stream(length: length) { writer in
        for (head, body) in zip(heads, bodies) {
          try await writer.write(head)
          for try await piece in body.pieces { try await writer.write(piece) }
        }
        try await writer.write(end)
      })
  }
}

extension Preconditions {
  init(_ request: HTTPServer.Request) {
    self.init()
    ifMatch = request.header(.ifMatch)
    ifUnmodifiedSince = request.header(.ifUnmodifiedSince)
    ifNoneMatch = request.header(.ifNoneMatch)
    ifModifiedSince = request.header(.ifModifiedSince)
    ifRange = request.header(.ifRange)
  }
}
