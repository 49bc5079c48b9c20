// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPCodings

/// The codings of a body taken off.
struct DecodedBody {
  private let decoder: ContentDecoder?
  private var inTurn = 0

  /// How many bytes are decoded before others have a turn.
  private static let mostInTurn = 256 << 10

  /// A body without codings.
  init() { decoder = nil }

  /// - Parameter names: The field `Content-Encoding`; of a coding that is not known the bytes are passed on.
  init(_ names: String?) throws {
    let list = (names ?? "").split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
      .filter { !$0.isEmpty && $0.lowercased() != "identity" }
    let codings = list.compactMap { ContentCoding(name: Substring($0)) }
    decoder =
      1...2 ~= codings.count && codings.count == list.count ? try ContentDecoder(codings) : nil
  }

  var isCoded: Bool { decoder != nil }

  func give(_ chunk: [UInt8]) { decoder?.give(chunk) }

  /// The next bytes; nil if more has to come for that.
  ///
  /// Lets other tasks run now and then: a few bytes may stand for so many that nothing has to be waited for.
  mutating func next() async throws -> [UInt8]? {
    guard let piece = try decoder?.next() else { return nil }
    inTurn += piece.count
    if inTurn >= Self.mostInTurn {
      inTurn = 0
      await Task.yield()
    }
    return piece
  }

  /// - Throws: ``ContentCodingError`` if the body is not whole.
  func finish() throws { try decoder?.finish() }
}
