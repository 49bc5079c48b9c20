// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore

extension HTTPClient {
  /// What a request sends.
  ///
  /// A body is replayable if it can be sent again: after a redirect that keeps it, or on another connection. All are but a
  /// sequence.
  public struct RequestBody: Sendable {
    let source: BodySource
    /// The type that it is sent with, unless the request's header fields have another; nil for none.
    public let contentType: String?

    init(_ source: BodySource, _ contentType: String?) {
      self.source = source
      self.contentType = contentType
    }

    /// The bytes, if they are there as such.
    var bytes: [UInt8]? { if case .bytes(let bytes) = source { bytes } else { nil } }

    /// Bytes.
    public static func bytes(_ bytes: [UInt8], contentType: String? = nil) -> RequestBody {
      RequestBody(.bytes(bytes), contentType)
    }

    /// A text in UTF-8.
    public static func text(
      _ text: String, contentType: String? = "text/plain; charset=utf-8"
    ) -> RequestBody {
      RequestBody(.bytes(Array(text.utf8)), contentType)
    }

    /// Names and values as a browser sends a form without files, WHATWG URL Standard section 5.2.
    public static func form(_ fields: KeyValuePairs<String, String>) -> RequestBody {
      form(fields.map { ($0.key, $0.value) })
    }

    /// Names and values as a browser sends a form without files, WHATWG URL Standard section 5.2.
    public static func form(_ fields: [(name: String, value: String)]) -> RequestBody {
      RequestBody(
        .bytes(FormEncoding.urlEncoded(fields)), "application/x-www-form-urlencoded")
    }

    /// The parts of a form with files, RFC 7578.
    public static func multipart(_ parts: [FormPart]) -> RequestBody {
      let boundary = FormEncoding.boundary()
      var sources: [BodySource] = []
      for part in parts {
        let head = FormEncoding.partHead(
          boundary, name: part.name, fileName: part.fileName, contentType: part.contentType)
        sources += [.bytes(head), part.source, .bytes([0x0D, 0x0A])]
      }
      sources.append(.bytes(Array("--\(boundary)--\r\n".utf8)))
      return RequestBody(.parts(sources), "multipart/form-data; boundary=\(boundary)")
    }

    /// A file, from its begin to its end; without TLS the system sends it by itself, sendfile(2).
    ///
    /// Its size is looked up when the request begins. A file that grows or shrinks meanwhile fails the request.
    public static func file(_ path: String, contentType: String? = nil) -> RequestBody {
      RequestBody(.file(path), contentType)
    }

    /// What a sequence gives, as it gives it.
    ///
    /// The sequence is read as fast as the server takes it, by a task of its own, which is cancelled when the request ends. What the
    /// sequence throws ends the request, and is thrown by it. It is read once: a redirect that needs the body again is an error.
    ///
    /// - Parameter length: How many bytes it gives, if that is known; a sequence that gives another number fails the
    ///   request. Without it, HTTP/1.1 sends chunks.
    public static func sequence<Source: AsyncSequence & Sendable>(
      _ sequence: Source, length: Int? = nil, contentType: String? = nil
    ) -> RequestBody where Source.Element == [UInt8] {
      RequestBody(
        .stream(length: length, isReplayable: false) { sink in
          for try await bytes in sequence { try await sink.write(bytes) }
        }, contentType)
    }

    /// What sequences give, of which one is made each time that the body is sent.
    ///
    /// As ``sequence(_:length:contentType:)`` otherwise.
    public static func sequence<Source: AsyncSequence & SendableMetatype>(
      length: Int? = nil, contentType: String? = nil,
      making makeSequence: @escaping @Sendable () async throws -> Source
    ) -> RequestBody where Source.Element == [UInt8], Source.AsyncIterator: SendableMetatype {
      RequestBody(
        .stream(length: length, isReplayable: true) { sink in
          for try await bytes in try await makeSequence() { try await sink.write(bytes) }
        }, contentType)
    }
  }

  /// A part of a form: ``RequestBody/multipart(_:)``.
  public struct FormPart: Sendable {
    let name: String
    let fileName: String?
    let contentType: String?
    let source: BodySource

    /// A field with a text.
    public static func text(_ name: String, _ value: String) -> FormPart {
      FormPart(name: name, fileName: nil, contentType: nil, source: .bytes(Array(value.utf8)))
    }

    /// A file that is there as bytes.
    public static func bytes(
      _ name: String, _ bytes: [UInt8], fileName: String,
      contentType: String = "application/octet-stream"
    ) -> FormPart {
      FormPart(name: name, fileName: fileName, contentType: contentType, source: .bytes(bytes))
    }

    /// A file; it is sent with the last part of its path as its name, unless there is another.
    public static func file(
      _ name: String, at path: String, fileName: String? = nil,
      contentType: String = "application/octet-stream"
    ) -> FormPart {
      let last = path.split(separator: "/").last.map(String.init) ?? path
      return FormPart(
        name: name, fileName: fileName ?? last, contentType: contentType, source: .file(path))
    }
  }
}
