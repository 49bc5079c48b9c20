// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The conditions of a request, RFC 9110 section 13.
package struct Preconditions: Sendable {
  package enum Outcome: Equatable, Sendable {
    case proceed
    /// 304: the client has it already.
    case notModified
    /// 412: it is not what the client thinks.
    case failed
  }

  package var ifMatch: String?
  package var ifUnmodifiedSince: String?
  package var ifNoneMatch: String?
  package var ifModifiedSince: String?
  package var ifRange: String?

  package init() {}

  /// In the order of section 13.2.2.
  ///
  /// - Parameters:
  ///   - tag: The tag of what there is.
  ///   - modified: When it was changed, in seconds since 1970.
  ///   - isRead: Whether the request is `GET` or `HEAD`.
  package func evaluate(_ tag: EntityTag, modified: Int64, isRead: Bool) -> Outcome {
    if let ifMatch {
      let matches =
        ifMatch == "*" || EntityTag.list(ifMatch).contains { $0.isStronglyEqual(to: tag) }
      if !matches { return .failed }
    } else if let date = ifUnmodifiedSince.flatMap({ LenientDate.seconds($0) }), modified > date {
      return .failed
    }
    if let ifNoneMatch {
      let matches =
        ifNoneMatch == "*" || EntityTag.list(ifNoneMatch).contains { $0.value == tag.value }
      if matches { return isRead ? .notModified : .failed }
    } else if isRead, let date = ifModifiedSince.flatMap({ LenientDate.seconds($0) }),
      modified <= date
    {
      return .notModified
    }
    return .proceed
  }

  /// Whether a Range field counts, section 13.1.5: only if what the client has is certainly the same.
  package func allowsRange(_ tag: EntityTag, modified: Int64) -> Bool {
    guard let ifRange else { return true }
    if ifRange.hasSuffix("\"") {
      return EntityTag.list(ifRange).first?.isStronglyEqual(to: tag) ?? false
    }
    return LenientDate.seconds(ifRange) == modified
  }
}
