// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

package import HTTPTypes

/// Takes the framing off a body.
///
/// Pure: bytes in, ranges of them out. It takes no byte that is not the body's, so what follows in the same bytes is there for
/// the next message.
package struct BodyDecoder: Sendable {
  package enum Event: Equatable, Sendable {
    /// Bytes of the body are in this range of the input.
    case data(Range<Int>)
    /// All that is there was taken but for the beginning of a line, which has to be there whole.
    case needsMore
    /// The body has ended; what followed its last chunk.
    case end(HTTPFields)
  }

  private enum State: Sendable {
    case length(Int)
    case untilClose
    case chunkSize
    case chunkData(Int)
    case chunkEnd
    case trailers
    case ended
  }

  private var state: State
  private var extensionBytes = 0
  private var trailers: HeadScanner
  private let trailerLimits: HeadLimits

  /// The longest line of a chunk: 15 digits and an extension.
  private static let longestExtension = 256
  /// How many bytes of extensions a whole message may have.
  private static let mostExtensionBytes = 16 << 10

  package init(_ framing: BodyFraming, trailerLimits: HeadLimits = .trailers) {
    switch framing {
    case .none: state = .ended
    case .length(let length): state = length == 0 ? .ended : .length(length)
    case .chunked: state = .chunkSize
    case .untilClose: state = .untilClose
    }
    self.trailerLimits = trailerLimits
    trailers = HeadScanner(.trailers, trailerLimits)
  }

  /// Whether nothing of the body is left to come.
  package var hasEnded: Bool { if case .ended = state { true } else { false } }

  /// How many bytes are still to come, where that is known.
  package var remainingLength: Int? {
    switch state {
    case .length(let left): left
    case .ended: 0
    default: nil
    }
  }

  /// Looks at the next bytes.
  ///
  /// - Parameters:
  ///   - input: What has come and was not taken.
  ///   - position: Where to begin in it; where to go on afterwards.
  ///   - isLast: Whether the peer sends no more: the end of a body that has no other, an error in all others.
  package mutating func next(
    in input: UnsafeRawBufferPointer, at position: inout Int, isLast: Bool = false
  ) throws(WireError) -> Event {
    while true {
      let left = input.count &- position
      switch state {
      case .ended: return .end([:])
      case .length(let length):
        guard left > 0 else { return try more(isLast, position) }
        let count = min(left, length)
        state = count == length ? .ended : .length(length &- count)
        return take(count, &position)
      case .untilClose:
        guard left > 0 else {
          if isLast { state = .ended }
          return isLast ? .end([:]) : .needsMore
        }
        return take(left, &position)
      case .chunkData(let size):
        guard left > 0 else { return try more(isLast, position) }
        let count = min(left, size)
        state = count == size ? .chunkEnd : .chunkData(size &- count)
        return take(count, &position)
      case .chunkEnd:
        guard left >= 2 || left == 1 && input[position] != 0x0D else {
          return try more(isLast, position)
        }
        guard input[position] == 0x0D, input[position &+ 1] == 0x0A else {
          throw WireError(.malformedChunkEnd, at: position)
        }
        position &+= 2
        state = .chunkSize
      case .chunkSize:
        guard let size = try chunkSize(input, &position) else { return try more(isLast, position) }
        state = size == 0 ? .trailers : .chunkData(size)
      case .trailers:
        let rest = UnsafeRawBufferPointer(rebasing: input[position...])
        guard let (_, end) = try trailers.find(in: rest) else { return try more(isLast, position) }
        let fields = try Self.trailers(rest.slice(0, end))
        position &+= end
        state = .ended
        return .end(fields)
      }
    }
  }

  private func take(_ count: Int, _ position: inout Int) -> Event {
    defer { position &+= count }
    return .data(position..<(position &+ count))
  }

  private func more(_ isLast: Bool, _ position: Int) throws(WireError) -> Event {
    if isLast { throw WireError(.truncated, at: position) }
    return .needsMore
  }

  // MARK: Chunks

  /// `1*HEXDIG [ chunk-ext ] CRLF`, RFC 9112 section 7.1; nil while the line is not there whole.
  private mutating func chunkSize(
    _ input: UnsafeRawBufferPointer, _ position: inout Int
  ) throws(WireError) -> Int? {
    var index = position
    var size = 0
    while index < input.count, let digit = Self.hexDigit(input[index]) {
      // 15 digits: more would not fit, and zeros in front are no more than that either.
      guard index &- position < 15 else { throw WireError(.malformedChunkSize, at: index) }
      size = size << 4 | digit
      index &+= 1
    }
    guard index < input.count else { return nil }
    guard index > position else { throw WireError(.malformedChunkSize, at: index) }
    guard let end = try endOfExtension(input, index) else { return nil }
    extensionBytes &+= end &- index
    if extensionBytes > Self.mostExtensionBytes {
      throw WireError(.chunkExtensionTooLong, at: index)
    }
    position = end &+ 2
    return size
  }

  /// Where the CR LF is behind a size, RFC 9112 section 7.1.1: extensions are read by their grammar, and ignored.
  private func endOfExtension(
    _ input: UnsafeRawBufferPointer, _ start: Int
  ) throws(WireError) -> Int? {
    if input[start] != 0x3B && input[start] != 0x0D {
      throw WireError(.malformedChunkSize, at: start)
    }
    var grammar = ChunkExtension()
    for index in start..<min(input.count, start &+ Self.longestExtension) {
      if input[index] == 0x0D {
        guard grammar.mayEnd else { throw WireError(.malformedChunkExtension, at: index) }
        guard index &+ 1 < input.count else { return nil }
        guard input[index &+ 1] == 0x0A else { throw WireError(.bareCarriageReturn, at: index) }
        return index
      }
      guard grammar.accept(input[index]) else {
        throw WireError(.malformedChunkExtension, at: index)
      }
    }
    if input.count &- start >= Self.longestExtension {
      throw WireError(.chunkExtensionTooLong, at: start)
    }
    return nil
  }

  @inline(__always)
  private static func hexDigit(_ byte: UInt8) -> Int? {
    if byte &- 0x30 < 10 { return Int(byte &- 0x30) }
    let lower = byte | 0x20
    return lower &- 0x61 < 6 ? Int(lower &- 0x61) + 10 : nil
  }

  // MARK: Trailers

  /// The fields behind the last chunk, without those that may not be there: they would change what was decided by the head,
  /// RFC 9110 section 6.5.1.
  private static func trailers(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> HTTPFields {
    if bytes.count == 2 { return [:] }
    let block = try FieldBlock([UInt8](bytes.slice(0, bytes.count - 2)), from: 0, unfolds: false)
    return block.fields { !$0.isForbiddenInTrailers }
  }
}

extension FieldID {
  /// Fields of framing, routing, authentication, content and control.
  fileprivate var isForbiddenInTrailers: Bool {
    switch self {
    case .host, .contentLength, .transferEncoding, .connection, .expect, .upgrade, .trailer, .te,
      .keepAlive, .contentEncoding, .contentType, .contentRange, .location, .setCookie, .cookie,
      .authorization, .proxyAuthorization, .proxyConnection, .wwwAuthenticate, .proxyAuthenticate,
      .cacheControl, .age, .date, .expires, .vary, .range, .ifRange, .ifMatch, .ifNoneMatch,
      .ifModifiedSince, .ifUnmodifiedSince, .retryAfter, .maxForwards:
      true
    case .other, .acceptEncoding: false
    }
  }
}
