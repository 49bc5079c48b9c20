// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// The descriptors from which code of this process reads signals, signalfd(2), as libdispatch does: found in
/// /proc/self/fdinfo, see proc(5).
package enum SignalReaders {
  package struct Reader {
    package let descriptor: Int32
    /// Bit n - 1 is signal n.
    package let mask: UInt64

    package func reads(_ number: Int32) -> Bool {
      number > 0 && mask & 1 << UInt64(number - 1) != 0
    }
  }

  /// Nil when it cannot be told.
  package static func all() -> [Reader]? {
    guard let directory = opendir("/proc/self/fdinfo") else { return nil }
    defer { closedir(directory) }
    var readers: [Reader] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let descriptor = Int32(name),
        let text = ProcessFiles.readText("/proc/self/fdinfo/\(name)")
      else { continue }
      for line in text.split(separator: "\n") where line.hasPrefix("sigmask:") {
        let digits = line.dropFirst("sigmask:".count).drop { $0 == "\t" || $0 == " " }
        guard let mask = UInt64(digits, radix: 16) else { continue }
        readers.append(Reader(descriptor: descriptor, mask: mask))
      }
    }
    return readers
  }
}
