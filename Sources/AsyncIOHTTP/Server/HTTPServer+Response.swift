// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import AsyncIO
public import HTTPTypes

extension HTTPServer {
  /// What a handler answers.
  ///
  /// ```swift
  /// return .text("hello")
  /// return try .json(user, status: .created)
  /// return .redirect(to: "/login")
  /// ```
  ///
  /// The length of a body, its framing and the date are the server's to say.
  public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The body.
    public var body: ResponseBody
    /// What the body is, of the kinds for which no field is made.
    var kind: ContentKind?
    private var others: HTTPFields

    /// A response of any kind.
    public init(
      status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: ResponseBody = .empty
    ) {
      self.status = status
      self.body = body
      others = headers
    }

    init(
      status: HTTPResponse.Status, kind: ContentKind, headers: HTTPFields = [:],
      _ body: ResponseBody
    ) {
      self.init(status: status, headers: headers, body: body)
      self.kind = kind
    }

    /// The fields.
    public var headers: HTTPFields {
      get {
        guard let kind else { return others }
        var fields = others
        fields[.contentType] = kind.rawValue
        if kind == .events { fields[.cacheControl] = "no-store" }
        return fields
      }
      set { (others, kind) = (newValue, nil) }
    }

    /// The fields without the type, which is in `kind`.
    var otherHeaders: HTTPFields { others }
  }

  /// The types of most bodies.
  enum ContentKind: String, Sendable {
    case text = "text/plain; charset=utf-8"
    case html = "text/html; charset=utf-8"
    case json = "application/json"
    case events = "text/event-stream"

    /// The line of the field.
    var line: StaticString {
      switch self {
      case .text: "Content-Type: text/plain; charset=utf-8\r\n"
      case .html: "Content-Type: text/html; charset=utf-8\r\n"
      case .json: "Content-Type: application/json\r\n"
      case .events: "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      }
    }
  }
}

extension HTTPServer.Response {
  /// A text.
  public static func text(
    _ text: String, status: HTTPResponse.Status = .ok
  ) -> HTTPServer.Response {
    HTTPServer.Response(status: status, kind: .text, .bytes(Array(text.utf8)))
  }

  /// A page.
  public static func html(
    _ text: String, status: HTTPResponse.Status = .ok
  ) -> HTTPServer.Response {
    HTTPServer.Response(status: status, kind: .html, .bytes(Array(text.utf8)))
  }

  /// Bytes of a type.
  public static func bytes(
    _ bytes: [UInt8], contentType: String = "application/octet-stream",
    status: HTTPResponse.Status = .ok
  ) -> HTTPServer.Response {
    HTTPServer.Response(
      status: status, headers: [.contentType: contentType], body: .bytes(bytes))
  }

  /// Another place, where the client is to go.
  ///
  /// - Parameter status: 303 has the client `GET` that place; 307 and 308 have it repeat the request there.
  public static func redirect(
    to location: String, status: HTTPResponse.Status = .seeOther
  ) -> HTTPServer.Response {
    HTTPServer.Response(status: status, headers: [.location: location])
  }

  /// A body that is written while it is sent.
  ///
  /// ```swift
  /// return .stream(contentType: "text/csv") { writer in
  ///   for try await row in rows { try await writer.write(row.line) }
  /// }
  /// ```
  ///
  /// A write waits while the client is slow. When `body` throws, the client sees that the response is not whole.
  ///
  /// - Parameter length: How many bytes there will be, if that is known: neither more nor less may be written.
  public static func stream(
    contentType: String, length: Int? = nil, status: HTTPResponse.Status = .ok,
    _ body: @escaping @Sendable (BodyWriter) async throws -> Void
  ) -> HTTPServer.Response {
    HTTPServer.Response(
      status: status, headers: [.contentType: contentType], body: .stream(length: length, body))
  }

  /// The connection itself, once the client has been told that another protocol begins: RFC 9110 section 7.8.
  ///
  /// By HTTP/1.1 only, and to a client that has asked for it; any other gets 426. When `body` returns, the stream is closed.
  public static func upgrade(
    to protocolName: String, headers: HTTPFields = [:],
    _ body: @escaping @Sendable (ByteStream) async throws -> Void
  ) -> HTTPServer.Response {
    var headers = headers
    headers[.upgrade] = protocolName
    return HTTPServer.Response(
      status: .switchingProtocols, headers: headers, body: ResponseBody(.upgrade(body)))
  }

  /// 200 without a body.
  public static var ok: HTTPServer.Response { HTTPServer.Response() }
  /// 201 without a body.
  public static var created: HTTPServer.Response { HTTPServer.Response(status: .created) }
  /// 202 without a body.
  public static var accepted: HTTPServer.Response { HTTPServer.Response(status: .accepted) }
  /// 204, which has no body.
  public static var noContent: HTTPServer.Response { HTTPServer.Response(status: .noContent) }
  /// 404 with its name.
  public static var notFound: HTTPServer.Response { .named(.notFound) }

  /// A status with its name as the body.
  static func named(
    _ status: HTTPResponse.Status, _ message: String? = nil, headers: HTTPFields = [:]
  ) -> HTTPServer.Response {
    let text = message ?? "\(status.code) \(status.reasonPhrase)"
    return HTTPServer.Response(
      status: status, kind: .text, headers: headers, .bytes(Array("\(text)\n".utf8)))
  }
}

extension HTTPServer.Response {
  /// The body of a response.
  public struct Body: Sendable {
    enum Storage: Sendable {
      case empty
      case bytes([UInt8])
      case file(ServedFile)
      case stream(length: Int?, @Sendable (BodyWriter) async throws -> Void)
      case upgrade(@Sendable (ByteStream) async throws -> Void)
    }

    var storage: Storage

    init(_ storage: Storage) { self.storage = storage }

    /// None.
    public static let empty = Body(.empty)

    /// These bytes.
    public static func bytes(_ bytes: [UInt8]) -> Body {
      bytes.isEmpty ? .empty : Body(.bytes(bytes))
    }

    /// A text in UTF-8.
    public static func text(_ text: String) -> Body { .bytes(Array(text.utf8)) }

    /// What is written while it is sent: see ``HTTPServer/Response/stream(contentType:length:status:_:)``.
    public static func stream(
      length: Int? = nil, _ body: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> Body {
      require(length ?? 0 >= 0, "ResponseBody: length must not be negative, got \(length ?? 0)")
      return Body(.stream(length: length, body))
    }

    /// How many bytes there are; nil if that is not known before they are written.
    public var length: Int? {
      switch storage {
      case .empty: 0
      case .bytes(let bytes): bytes.count
      case .file(let file): file.length
      case .stream(let length, _): length
      case .upgrade: nil
      }
    }
  }
}
