// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCodings

/// Decodes a body in pieces of a limited size, so that a few bytes which stand for gigabytes hold nothing up.
///
/// Give it input, then take output until there is none, then give it more; at the end call `finish`, which knows whether what was
/// coded is complete.
package final class ContentDecoder {
  /// The largest piece of output.
  package static let pieceSize = 64 << 10

  private let stages: [DecoderStage]

  /// - Parameter codings: In the order of the Content-Encoding field: the last was applied last, and is undone first.
  package init(_ codings: [ContentCoding]) throws(ContentCodingError) {
    var stages: [DecoderStage] = []
    for coding in codings.reversed() { stages.append(try DecoderStage(coding)) }
    self.stages = stages
  }

  /// Gives coded bytes, once there is no output left of those before.
  package func give(_ input: [UInt8]) {
    guard let first = stages.first else { return }
    first.give(input)
  }

  /// The next piece of output, of 1 to `pieceSize` bytes; nil when more input is needed.
  package func next() throws(ContentCodingError) -> [UInt8]? { try output(of: stages.count - 1) }

  /// Says that there is no more input, and that all output has been taken.
  package func finish() throws(ContentCodingError) {
    for stage in stages { try stage.finish() }
  }

  private func output(of index: Int) throws(ContentCodingError) -> [UInt8]? {
    while true {
      if let piece = try stages[index].next() { return piece }
      guard index > 0, let input = try output(of: index - 1) else { return nil }
      stages[index].give(input)
    }
  }
}
