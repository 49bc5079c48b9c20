// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Foundation

/// Ends the process when a round makes no progress, and says which.
///
/// A thread of its own looks, so that it works when nothing else does.
final class HangWatch: Sendable {
  static let shared = HangWatch()

  private struct Entry {
    let title: String
    let progress: Counter
    let limit: Duration
    let details: @Sendable () -> String
    var lastCount = -1
    var lastChange = ContinuousClock.now
  }

  private let entries = Locked<[Int: Entry]>([:])
  private let lastKey = Counter()

  private init() {
    Thread.detachNewThread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 0.25)
        look()
      }
    }
  }

  /// Begins to watch; `end` is to be called with the returned key.
  func begin(
    _ title: String, _ progress: Counter, limit: Duration, details: @escaping @Sendable () -> String
  ) -> Int {
    let key = lastKey.add(1)
    let entry = Entry(title: title, progress: progress, limit: limit, details: details)
    entries.withLock { $0[key] = entry }
    return key
  }

  func end(_ key: Int) { _ = entries.withLock { $0.removeValue(forKey: key) } }

  private func look() {
    let now = ContinuousClock.now
    let hung: Entry? = entries.withLock { entries in
      for (key, entry) in entries {
        let count = entry.progress.value
        if count != entry.lastCount {
          entries[key]?.lastCount = count
          entries[key]?.lastChange = now
        } else if now - entry.lastChange > entry.limit {
          return entry
        }
      }
      return nil
    }
    if let hung { giveUp(hung) }
  }

  private func giveUp(_ entry: Entry) -> Never {
    let text = """
      error: \(entry.title): hangs: no operation has ended for \(entry.limit), after \
      \(entry.progress.value) that did\n\(entry.details())

      """
    FileHandle.standardError.write(Data(text.utf8))
    abort()
  }
}
