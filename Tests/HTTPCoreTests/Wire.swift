// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import HTTPTypes

@testable import HTTPCore

/// What a reader makes of bytes, in a form that tests and other readers can be compared in.
enum Verdict: Equatable, CustomStringConvertible {
  /// A whole message, and how many bytes behind it were left.
  case message(Message, rest: Int)
  /// More bytes are needed.
  case incomplete
  /// The bytes are refused.
  case refused(WireError.Reason)

  struct Message: Equatable {
    /// The method and target, or the status.
    var line: String
    var fields: [String]
    var body: [UInt8]
    var trailers: [String]
  }

  var description: String {
    switch self {
    case .message(let message, let rest):
      "\(message.line) \(message.fields) \(String(decoding: message.body, as: UTF8.self)) \(message.trailers) rest \(rest)"
    case .incomplete: "incomplete"
    case .refused(let reason): "refused: \(reason)"
    }
  }

  var isRefused: Bool { if case .refused = self { true } else { false } }

  var status: Int? { if case .refused(let reason) = self { WireError(reason).status } else { nil } }

  var message: Message? { if case .message(let message, _) = self { message } else { nil } }
}

/// Reads one message as a connection does: what has come is kept until it was taken.
struct Reader {
  enum Kind {
    case request
    case response(isHead: Bool)
  }

  private let kind: Kind
  private var buffer: [UInt8] = []
  private var scanner: HeadScanner
  private var message: Verdict.Message?
  private var decoder = BodyDecoder(.none)

  init(_ kind: Kind) {
    self.kind = kind
    switch kind {
    case .request: scanner = HeadScanner(.request, .request)
    case .response: scanner = HeadScanner(.response, .response)
    }
  }

  /// The verdict on bytes that come in these pieces.
  static func read(_ pieces: some Sequence<[UInt8]>, as kind: Kind, isLast: Bool = false) -> Verdict
  {
    var reader = Reader(kind)
    for piece in pieces {
      let verdict = reader.take(piece)
      if verdict != .incomplete {
        guard case .message(let message, let rest) = verdict else { return verdict }
        // What was not given to the reader is left too.
        let total = pieces.reduce(0) { $0 + $1.count }
        return .message(message, rest: rest + total - reader.taken)
      }
    }
    return isLast ? reader.end() : .incomplete
  }

  private(set) var taken = 0

  private mutating func take(_ piece: [UInt8]) -> Verdict {
    buffer += piece
    taken += piece.count
    return look(isLast: false)
  }

  private mutating func end() -> Verdict { look(isLast: true) }

  private mutating func look(isLast: Bool) -> Verdict {
    do throws(WireError) {
      if message == nil {
        guard try readHead() else { return isLast ? .refused(.truncated) : .incomplete }
      }
      return try readBody(isLast)
    } catch {
      return .refused(error.reason)
    }
  }

  private mutating func readHead() throws(WireError) -> Bool {
    var failure: WireError?
    var scanner = scanner
    let kind = kind
    let found: (Verdict.Message, BodyFraming, Int)? = buffer.withUnsafeBytes { bytes in
      do throws(WireError) {
        guard let (start, end) = try scanner.find(in: bytes) else { return nil }
        let head = bytes.slice(start, end)
        switch kind {
        case .request:
          let request = try RequestHead(head)
          return (
            Verdict.Message(
              line: "\(request.method) \(request.target)", fields: Self.lines(request.fields),
              body: [], trailers: []), request.framing, end
          )
        case .response(let isHead):
          let response = try ResponseHead(head)
          return (
            Verdict.Message(
              line: "\(response.status)", fields: Self.lines(response.fields), body: [],
              trailers: []), try response.framing(isHead: isHead), end
          )
        }
      } catch {
        failure = error
        return nil
      }
    }
    self.scanner = scanner
    if let failure { throw failure }
    guard let (message, framing, end) = found else { return false }
    self.message = message
    decoder = BodyDecoder(framing)
    buffer.removeFirst(end)
    return true
  }

  private mutating func readBody(_ isLast: Bool) throws(WireError) -> Verdict {
    var position = 0
    while true {
      var failure: WireError?
      let event: BodyDecoder.Event? = buffer.withUnsafeBytes { bytes in
        do throws(WireError) {
          return try decoder.next(in: bytes, at: &position, isLast: isLast)
        } catch {
          failure = error
          return nil
        }
      }
      if let failure { throw failure }
      switch event {
      case .data(let range): message?.body += buffer[range]
      case .needsMore, nil:
        buffer.removeFirst(position)
        return .incomplete
      case .end(let trailers):
        buffer.removeFirst(position)
        message?.trailers = Self.lines(trailers)
        return message.map { .message($0, rest: buffer.count) } ?? .incomplete
      }
    }
  }

  private static func lines(_ fields: HTTPFields) -> [String] {
    fields.map { field in
      let value = field.withUnsafeBytesOfValue { String(decoding: $0, as: UTF8.self) }
      return "\(field.name.rawName): \(value)"
    }
  }
}

extension Array<UInt8> {
  /// Cut in two at an index.
  func cut(at index: Int) -> [[UInt8]] { [Array(self[..<index]), Array(self[index...])] }

  /// One byte after the other.
  var singles: [[UInt8]] { map { [$0] } }
}
