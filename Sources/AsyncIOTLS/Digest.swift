// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import COpenSSL

/// Digests of bytes, by OpenSSL.
package enum Digest {
  /// SHA-1, FIPS 180-4: for protocols that name it, and nothing that is to be secret.
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
      guard let memory = digest.baseAddress else { return }
      bytes.withUnsafeBytes { input in
        // An empty array may have no memory.
        asyncio_sha1(input.baseAddress ?? UnsafeRawPointer(memory), input.count, memory)
      }
      count = 20
    }
  }
}
