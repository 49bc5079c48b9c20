// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The parts of a request's target.
enum Target {
  /// The path, without a scheme and host before it and a query behind it.
  static func path(of target: String) -> Substring {
    let whole = afterAuthority(target)
    return whole.utf8.firstIndex(of: 0x3F).map { whole[..<$0] } ?? whole
  }

  /// What is behind the question mark; nil without one.
  static func query(of target: String) -> Substring? {
    target.utf8.firstIndex(of: 0x3F).map { target[target.utf8.index(after: $0)...] }
  }

  /// A target may be a whole URL: RFC 9112 section 3.2.2.
  private static func afterAuthority(_ target: String) -> Substring {
    guard target.utf8.first != 0x2F, let colons = target.firstRange(of: "://") else {
      return target[...]
    }
    let rest = target[colons.upperBound...]
    let end = rest.utf8.firstIndex { $0 == 0x2F || $0 == 0x3F }
    guard let end, rest.utf8[end] == 0x2F else { return "/" }
    return rest[end...]
  }
}
