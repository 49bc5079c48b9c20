// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCore

extension ResponseHead {
  /// So many heads of 1xx may come before the final one.
  static let mostInformational = 16

  /// The next final head of a stream, RFC 9110 section 15.2.
  static func read(from stream: ByteStream) async throws -> ResponseHead {
    for _ in 0...mostInformational {
      let head = try await readNext(from: stream) {}
      if !head.isInformational { return head }
    }
    throw WireError(.tooManyInformationalHeads)
  }

  /// The head that answers a wish for another protocol: 101, or a final one.
  static func readSwitch(from stream: ByteStream) async throws -> ResponseHead {
    for _ in 0...mostInformational {
      let head = try await readNext(from: stream) {}
      if head.status == 101 || !head.isInformational { return head }
    }
    throw WireError(.tooManyInformationalHeads)
  }

  /// The next head of a stream.
  ///
  /// - Parameter onBytes: Is told when bytes of it have come.
  static func readNext(
    from stream: ByteStream, onBytes: () -> Void
  ) async throws -> ResponseHead {
    var scanner = HeadScanner(.response, .response)
    var head: ResponseHead?
    try await stream.parse { bytes, isLast in
      if !bytes.isEmpty { onBytes() }
      guard let (start, end) = try scanner.find(in: bytes) else {
        if isLast, !bytes.isEmpty { throw WireError(.truncated, at: bytes.count) }
        return (false, 0)
      }
      head = try ResponseHead(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      return (true, end)
    }
    guard let head else { throw WireError(.truncated) }
    return head
  }
}
