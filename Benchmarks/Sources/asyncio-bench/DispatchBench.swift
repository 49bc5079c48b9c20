// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Dispatch
import Glibc

/// What it costs to look for deadlocks while a loop waits for threads that it does not know.
enum DispatchBench {
  /// `count` waits of 5 ms for Dispatch, one after the other, beside as many idle threads as `IDLE_THREADS` says.
  static func waits(_ count: Int) async {
    let idle = getenv("IDLE_THREADS").flatMap { Int(String(cString: $0)) } ?? 0
    for _ in 0..<idle { startIdleThread() }
    for _ in 0..<count {
      await withUnsafeContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) {
          continuation.resume()
        }
      }
    }
  }

  /// Whether the loop is to look: `DETECTION=0` turns it off.
  static var detects: Bool { getenv("DETECTION").map { String(cString: $0) } != "0" }

  private static let gate = DispatchSemaphore(value: 0)

  private static func startIdleThread() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        DispatchBench.gate.wait()
        return nil
      }, nil)
  }
}
