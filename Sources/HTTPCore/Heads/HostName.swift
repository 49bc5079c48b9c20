// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// `uri-host [":" port]`, RFC 9110 section 7.2.
enum HostName {
  static func isValid(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, needsPort: Bool = false
  ) -> Bool {
    guard start < end, let hostEnd = endOfHost(bytes, start, end) else { return false }
    if hostEnd == end { return !needsPort }
    guard bytes[hostEnd] == 0x3A else { return false }
    let digits = hostEnd + 1
    // No digits is legal where the port may be missing, RFC 3986 section 3.2.3.
    guard digits < end || !needsPort, end - digits <= 5 else { return false }
    return bytes[digits..<end].allSatisfy { $0 &- 0x30 < 10 }
  }

  private static func endOfHost(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
  ) -> Int? {
    if bytes[start] == 0x5B {
      guard let close = bytes[start..<end].firstIndex(of: 0x5D), close > start + 2 else {
        return nil
      }
      let isAddress = bytes[(start + 1)..<close].allSatisfy { byte in
        let lower = UnsafeRawBufferPointer.lowercased(byte)
        return byte &- 0x30 < 10 || lower &- 0x61 < 6 || byte == 0x3A || byte == 0x2E
      }
      return isAddress ? close + 1 : nil
    }
    let hostEnd = bytes[start..<end].firstIndex { !ByteSet.hostName.contains($0) } ?? end
    return hostEnd > start ? hostEnd : nil
  }
}
