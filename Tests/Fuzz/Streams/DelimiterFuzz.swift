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

  let whole = lookAtOnce(pieces.flatMap(\.self), separators, limit)
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
      precondition(
        step == whole, "\(pieces) \(separators) \(limit): \(step), but \(whole) in one piece")
      precondition(buffer.take(count) == Array(seen.prefix(count)), "other bytes than came")
      precondition(buffer.takeAll() == Array(seen.dropFirst(count)), "bytes lost or made up")
      return
    case .overrun:
      if case .overrun = whole {
      } else {
        preconditionFailure("an overrun, but \(whole) in one piece")
      }
      precondition(buffer.takeAll() == seen, "an overrun takes nothing")
      return
    }
  }
}

/// The search over bytes that have come in one piece.
private func lookAtOnce(
  _ bytes: [UInt8], _ separators: [[UInt8]], _ limit: Int
) -> DelimiterSearch.Step {
  var (buffer, search) = (InputBuffer(), DelimiterSearch(separators, limit: limit))
  bytes.withUnsafeBytes { buffer.append($0) }
  return search.look(in: buffer)
}

/// What the search has to find, the slow way: the first end of a separator, and the longest that ends there.
private func expected(
  _ bytes: [UInt8], _ separators: [[UInt8]], _ limit: Int
) -> DelimiterSearch.Step {
  for end in bytes.indices.map({ $0 + 1 }) {
    let found = separators.filter { bytes[..<end].suffix($0.count).elementsEqual($0) }
    guard let longest = found.map(\.count).max() else { continue }
    return end - longest <= limit ? .found(count: end) : .overrun(isSeparatorFound: true)
  }
  let longest = separators.map(\.count).max() ?? 1
  return max(0, bytes.count - longest + 1) > limit
    ? .overrun(isSeparatorFound: false) : .needsMore
}
