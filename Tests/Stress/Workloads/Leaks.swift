// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import CWorkloads
import Foundation
import Synchronization

/// Counts objects that are captured by what runs: one that is left is a closure that was never
/// released, a task or a continuation that waits for ever.
final class TokenCount: Sendable {
  private let count = Atomic(0)
  var alive: Int { count.load(ordering: .acquiring) }

  func make() -> Token {
    count.wrappingAdd(1, ordering: .relaxed)
    return Token(self)
  }

  final class Token: Sendable {
    private let owner: TokenCount
    fileprivate init(_ owner: TokenCount) { self.owner = owner }
    deinit { owner.count.wrappingSubtract(1, ordering: .releasing) }
  }
}

/// Ends the process when a run makes no progress for a minute.
final class Patience: Sendable {
  private static let seconds = 60
  private let progress = Atomic(0)
  private let isOver = Atomic(false)

  init(_ run: String) {
    Thread.detachNewThread { [self] in
      var (seen, idle) = (-1, 0)
      while !isOver.load(ordering: .acquiring) {
        usleep(100_000)
        let now = progress.load(ordering: .relaxed)
        idle = now == seen ? idle + 1 : 0
        seen = now
        if idle > Self.seconds * 10 {
          FileHandle.standardError.write(
            Data(
              "error: \(run) has made no progress for \(Self.seconds) s: something waits for ever\n"
                .utf8))
          abort()
        }
      }
    }
  }

  func note() { progress.wrappingAdd(1, ordering: .relaxed) }
  func end() { isOver.store(true, ordering: .releasing) }
}

/// What the process holds.
public struct Resources: Sendable {
  /// Open descriptors, from /proc/self/fd.
  public let descriptors: Int
  /// Resident memory, in kilobytes.
  public let residentKilobytes: Int
  /// Bytes that malloc has given out, mallinfo(3).
  public let allocatedBytes: Int

  /// Looks at the process.
  public static var current: Resources {
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
    let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = status.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Resources(
      descriptors: open, residentKilobytes: pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024,
      allocatedBytes: Int(clamping: workloads_malloc_in_use()))
  }
}
