// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore
public import HTTPTypes

extension HTTPClient {
  /// A response whose body comes as it is read.
  ///
  /// Belongs to the call that lends it: afterwards its body is at its end. The body is read once, by one task at a time,
  /// in whichever of these ways.
  public struct StreamedResponse: Sendable {
    /// Everything before the body.
    public let head: ResponseHead
    let transfer: Transfer

    init(_ head: ResponseHead, _ transfer: Transfer) {
      self.head = head
      self.transfer = transfer
    }

    /// The status.
    public var status: HTTPTypes.HTTPResponse.Status { head.status }
    /// The header fields.
    public var headers: HTTPFields { head.headers }
    /// The URL that answered, after redirects.
    public var url: String { head.url }
    /// Header fields that came behind the body, RFC 9110 section 6.5; none before its end.
    public var trailers: HTTPFields { transfer.trailers }
    /// How the response came about, up to now.
    public var story: Story { transfer.story }

    /// The body, in pieces as they come.
    public var chunks: Chunks { Chunks(transfer: transfer) }

    /// The body, line by line, without their ends: LF or CR LF.
    ///
    /// The text is read as UTF-8; what is none is replaced. A line of more than `limit` bytes is an ``HTTPError`` with the code
    /// `tooLarge`.
    public func lines(limit: Int = 1 << 20) -> TextLines {
      TextLines(transfer: transfer, limit: limit)
    }

    /// The body, line by line: as ``lines(limit:)``, with lines of at most 1 MiB.
    public var lines: TextLines { lines() }

    /// The body as server-sent events, HTML Standard section 9.2.6.
    ///
    /// An event that is cut by the end of the body is dropped, as the standard says. To go on after a break, ask again with the header
    /// field `Last-Event-ID`.
    public var events: ServerSentEvents { ServerSentEvents(transfer: transfer) }

    /// Collects the body.
    ///
    /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled.
    ///
    /// - Parameter limit: The largest body, in bytes after decompression.
    /// - Throws: ``HTTPError``, `tooLarge` included; `CancellationError`.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
      try await collect(upTo: limit, announced: nil)
    }

    /// Writes the body to a file, which is replaced when the body is there whole, and untouched otherwise.
    ///
    /// A disk that is slow holds the server back: no more than some 100 KB wait in memory.
    ///
    /// **Cancellation.** Throws `CancellationError` as soon as the task is cancelled; the file is untouched.
    ///
    /// - Parameter limit: The largest body, in bytes after decompression; nil for none.
    /// - Returns: How many bytes it has.
    /// - Throws: ``HTTPError``, `tooLarge` included; `IOError` with the path; `CancellationError`.
    @discardableResult
    public func save(to path: String, limit: Int? = nil) async throws -> Int {
      try await PartialFile.write(to: path) { file in
        var count = 0
        for try await chunk in chunks {
          count += chunk.count
          try check(count, limit ?? .max)
          try await file.write(chunk)
        }
        return count
      }
    }

    /// What is announced need not come: no more than this is made room for.
    private static let largestReserve = 1 << 20

    func collect(upTo limit: Int, announced: Int?) async throws -> [UInt8] {
      var body: [UInt8] = []
      if let announced {
        // Compressed it is no larger.
        try check(announced, limit)
        body.reserveCapacity(min(announced, Self.largestReserve))
      }
      while let chunk = try await transfer.nextChunk() {
        try check(body.count + chunk.count, limit)
        if body.isEmpty { body = chunk } else { body += chunk }
      }
      return body
    }

    private func check(_ size: Int, _ limit: Int) throws {
      guard size > limit else { return }
      throw HTTPError(
        .tooLarge, url: url, message: "the body is larger than the limit of \(limit) bytes")
    }
  }
}
