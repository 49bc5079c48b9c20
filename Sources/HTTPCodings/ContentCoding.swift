// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCodings

/// A content coding, RFC 9110 section 8.4.1, RFC 7932 and RFC 8878.
package enum ContentCoding: Sendable, CaseIterable {
  case gzip, deflate, brotli, zstd

  /// The coding of a name, whatever its case; nil for one that is not known, `identity` included.
  package init?(name: some StringProtocol) {
    switch name.lowercased() {
    case "gzip", "x-gzip": self = .gzip
    case "deflate": self = .deflate
    case "br": self = .brotli
    case "zstd": self = .zstd
    default: return nil
    }
  }

  /// The name in fields.
  package var name: String {
    switch self {
    case .gzip: "gzip"
    case .deflate: "deflate"
    case .brotli: "br"
    case .zstd: "zstd"
    }
  }

  var code: asyncio_coding {
    switch self {
    case .gzip: .ASYNCIO_CODING_GZIP
    case .deflate: .ASYNCIO_CODING_DEFLATE
    case .brotli: .ASYNCIO_CODING_BROTLI
    case .zstd: .ASYNCIO_CODING_ZSTD
    }
  }
}
