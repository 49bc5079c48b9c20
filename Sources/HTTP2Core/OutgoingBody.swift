// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// The body of a stream on its way out.
struct OutgoingBody {
  private var pieces: [ArraySlice<UInt8>] = []
  private(set) var isComplete = false
  private(set) var trailers: HTTPFields?
  /// How many bytes wait for the peer to take them.
  private(set) var count = 0

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    pieces.append(bytes)
    count += bytes.count
  }

  mutating func finish(_ trailers: HTTPFields?) {
    isComplete = true
    self.trailers = trailers
  }

  /// Whether nothing can be sent until there is more.
  var isWaiting: Bool { pieces.isEmpty && !isComplete }

  /// Whether all of it has gone.
  var isSent: Bool { pieces.isEmpty && isComplete }

  /// Fills memory with the next bytes.
  mutating func take(into memory: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < memory.count, let piece = pieces.first {
      let part = piece.prefix(memory.count - filled)
      UnsafeMutableRawBufferPointer(rebasing: memory[filled...]).copyBytes(from: part)
      filled += part.count
      if part.count == piece.count {
        pieces.removeFirst()
      } else {
        pieces[0] = piece.dropFirst(part.count)
      }
    }
    count -= filled
    return filled
  }
}
