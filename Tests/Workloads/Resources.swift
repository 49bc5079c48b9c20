// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CWorkloads
internal import Foundation

/// What the process has of memory and descriptors.
public struct Resources: Sendable, Hashable {
  /// The resident set, in bytes.
  public let residentBytes: Int
  /// What malloc has handed out, in bytes.
  public let heapBytes: Int
  /// The open descriptors.
  public let descriptors: Int

  /// Whether the process runs under a sanitizer, which replaces malloc and makes all slower.
  public static let isSanitized =
    dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil

  /// Looks at the process.
  public static func now() -> Resources {
    Resources(
      residentBytes: residentPages * Int(sysconf(Int32(_SC_PAGESIZE))),
      heapBytes: Int(clamping: workloads_malloc_in_use()), descriptors: openDescriptors)
  }

  private static var residentPages: Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let fields = text?.split(separator: " ") ?? []
    return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
  }

  /// Without the one that looking takes.
  private static var openDescriptors: Int {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return (names?.count ?? 0) - 1
  }
}
