// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// Looks again and again, for a short while, before a thread goes to sleep for something that is
/// likely to come at once.
///
/// To wake a thread whose processor has gone idle takes many times as long as a short blocking call;
/// whoever looks a little longer is not asleep yet. On a machine with one processor nobody spins: the
/// other thread could not run.
package enum BriefSpin {
  /// The longest look: about what a wake-up costs.
  private static let limitNanoseconds: Int64 = 20_000
  private static let looksPerClockReading = 32
  private static let momentNanoseconds: Int64 = 3_000

  private static let isWorthwhile = asyncio_usable_processors() > 1

  /// Returns when `condition` holds, or the time is up; true when it came to hold meanwhile.
  @inline(__always) @discardableResult
  package static func until(_ condition: () -> Bool) -> Bool {
    if condition() || !isWorthwhile { return false }
    let deadline = Syscalls.bootTime() + limitNanoseconds
    repeat {
      for _ in 0..<looksPerClockReading {
        if condition() { return true }
        asyncio_relax_processor()
      }
    } while Syscalls.bootTime() < deadline
    return false
  }

  /// Lets a moment pass: three microseconds.
  package static func passMoment() {
    let end = Syscalls.bootTime() + momentNanoseconds
    repeat {
      for _ in 0..<8 { asyncio_relax_processor() }
    } while Syscalls.bootTime() < end
  }
}
