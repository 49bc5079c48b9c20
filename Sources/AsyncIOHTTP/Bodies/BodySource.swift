// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// Where the bytes of a body come from.
indirect enum BodySource: Sendable {
  case bytes([UInt8])
  case file(String)
  case stream(
    length: Int?, isReplayable: Bool, @Sendable (any BodySink) async throws -> Void)
  case parts([BodySource])

  /// Whether it can be sent more than once.
  var isReplayable: Bool {
    switch self {
    case .bytes, .file: true
    case .stream(_, let isReplayable, _): isReplayable
    case .parts(let parts): parts.allSatisfy(\.isReplayable)
    }
  }

  /// How many bytes there are; nil if that is not known.
  ///
  /// - Throws: `IOError` with the path of a file that cannot be read.
  func length() async throws -> Int? {
    switch self {
    case .bytes(let bytes): return bytes.count
    case .file(let path): return try await Files.size(path)
    case .stream(let length, _, _): return length
    case .parts(let parts):
      var sum = 0
      for part in parts {
        guard let length = try await part.length() else { return nil }
        sum += length
      }
      return sum
    }
  }

  /// Sends all bytes.
  func send(to sink: any BodySink) async throws {
    switch self {
    case .bytes(let bytes): try await sink.write(bytes)
    case .file(let path): try await sink.sendFile(path)
    case .stream(_, _, let produce): try await produce(sink)
    case .parts(let parts): for part in parts { try await part.send(to: sink) }
    }
  }
}
