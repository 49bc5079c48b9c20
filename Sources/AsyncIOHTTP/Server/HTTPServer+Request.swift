// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
public import HTTPTypes

extension HTTPServer {
  /// A request that a client has sent.
  ///
  /// Its head is there whole, and was checked; its body comes as it is read. From any task, but the body is read by one at a time.
  public final class Request: Sendable {
    /// What is wanted, such as `GET`.
    public let method: HTTPRequest.Method
    /// What it is wanted of, as it was sent: mostly a path with a query.
    public let target: String
    /// The body; empty if there is none.
    public let body: RequestBody
    let head: IncomingRequest
    let connection: ConnectionInfo
    let server: ServerCore
    let notes = Guarded(Notes())

    struct Notes {
      var fields: HTTPFields?
      var parameters: [(name: String, value: String)] = []
      /// The index of the part of the path at which the rest begins that the route has a name for.
      var restIndex: Int?
      var id: String?
      var onEnd: [@Sendable (Outcome) -> Void] = []
    }

    init(
      _ head: IncomingRequest, method: HTTPRequest.Method, target: String, body: RequestBody,
      _ connection: ConnectionInfo, _ server: ServerCore
    ) {
      self.head = head
      self.method = method
      self.target = target
      self.body = body
      self.connection = connection
      self.server = server
    }

    // MARK: The head

    /// The fields.
    ///
    /// To look at one, ``header(_:)`` takes less time.
    public var headers: HTTPFields {
      notes.withLock { notes in
        if let fields = notes.fields { return fields }
        let fields = head.fields
        notes.fields = fields
        return fields
      }
    }

    /// The value of a field, several joined by commas; nil if there is none.
    public func header(_ name: HTTPField.Name) -> String? { head.value(of: name) }

    /// The host, with a port if the client has sent one; empty if it has not said.
    public var host: String { head.host }

    /// `https` for requests that came by TLS, otherwise `http`.
    public var scheme: String { connection.isSecure ? "https" : "http" }

    /// The version of HTTP: `1.0`, `1.1` or `2`.
    public var version: String { head.version }

    /// The path as it was sent, without the query and not decoded.
    public var path: String { String(Target.path(of: target)) }

    /// The rest of the path that the route has a name for, as it was sent.
    var rawRest: Substring {
      let path = Target.path(of: target)
      guard let index = notes.withLock({ $0.restIndex }) else { return path.dropFirst() }
      // One slash before each part.
      var (rest, slashes) = (path[...], index + 1)
      while slashes > 0, let slash = rest.utf8.firstIndex(of: 0x2F) {
        rest = rest[rest.utf8.index(after: slash)...]
        slashes -= 1
      }
      return rest
    }

    /// The parameters of the query, decoded, in their order.
    public var query: Query { Query(Target.query(of: target)) }

    /// The parts of the path that the route has names for.
    public var parameters: Parameters { notes.withLock { Parameters($0.parameters) } }

    /// The client: an address and port, or a word for a socket without.
    public var peer: String { connection.peer }

    /// A name for this request, which `Middleware.requestID` gives it; nil without that.
    public var id: String? { notes.withLock { $0.id } }

    // MARK: The server

    /// Whether the server is to stop: a handler that waits for something that need not come returns now.
    public var isDraining: Bool { server.isDraining }

    /// Waits until the server is to stop.
    ///
    /// **Cancellation.** Throws `CancellationError`.
    ///
    /// - Throws: `CancellationError`.
    public func drained() async throws { try await server.draining.wait() }

    /// Has `body` called when the response was sent, or could not be.
    ///
    /// On the loop of the connection; it must not block.
    public func onEnd(_ body: @escaping @Sendable (Outcome) -> Void) {
      notes.withLock { $0.onEnd.append(body) }
    }

    func end(_ outcome: Outcome) {
      let bodies = notes.withLock { notes in
        defer { notes.onEnd = [] }
        return notes.onEnd
      }
      for body in bodies { body(outcome) }
    }
  }

  /// What became of a request.
  public struct Outcome: Sendable, Hashable {
    /// The status that was sent; nil if none was.
    public let status: HTTPResponse.Status?
    /// How many bytes of a body were sent.
    public let bytesSent: Int
    /// How long it took, from the head of the request to the end of the response.
    public let duration: Duration
    /// Whether the response was sent whole.
    public let isComplete: Bool
  }
}
