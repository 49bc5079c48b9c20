// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Built by `make fuzz` together with the sources it tests, which stand alone.

/// Cuts the input into separators, pieces and a limit, and compares the search in pieces with one over
/// everything at once.
func fuzzDelimiters(_ input: UnsafeBufferPointer<UInt8>) {
  var rest = input[...]
  func next(_ bound: Int) -> Int { rest.popFirst().map { Int($0) % bound } ?? 0 }
  let limit = 1 + next(64)
  let separators = (0...next(3)).map { _ in
    // Few values, so that separators are found.
    (0...next(3)).map { _ in UInt8(next(3)) }
  }
  var pieces: [[UInt8]] = []
  while !rest.isEmpty {
    let count = 1 + next(16)
    pieces.append(rest.prefix(count).map { $0 % 3 })
    rest = rest.dropFirst(count)
  }

  var (buffer, search) = (InputBuffer(), DelimiterSearch(separators, limit: limit))
  var seen: [UInt8] = []
  for piece in pieces {
    seen += piece
    piece.withUnsafeBytes { buffer.append($0) }
    let step = search.look(in: buffer)
    precondition(
      step == expected(seen, separators, limit), "\(seen) \(separators) \(limit): \(step)")
    switch step {
    case .needsMore: continue
    case .found(let count):
      precondition(buffer.take(count) == Array(seen.prefix(count)), "other bytes than came")
      precondition(buffer.takeAll() == Array(seen.dropFirst(count)), "bytes lost or made up")
      return
    case .overrun:
      precondition(buffer.takeAll() == seen, "an overrun takes nothing")
      return
    }
  }
}

/// What the search has to find, the slow way.
private func expected(
  _ bytes: [UInt8], _ separators: [[UInt8]], _ limit: Int
) -> DelimiterSearch.Step {
  for start in bytes.indices {
    for separator in separators where bytes[start...].starts(with: separator) {
      // Of two that begin at the same place, the one that is named first.
      return start <= limit
        ? .found(count: start + separator.count) : .overrun(isSeparatorFound: true)
    }
  }
  let longest = separators.map(\.count).max() ?? 1
  return max(0, bytes.count - longest + 1) > limit
    ? .overrun(isSeparatorFound: false) : .needsMore
}
