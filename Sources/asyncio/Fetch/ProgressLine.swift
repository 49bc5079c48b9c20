// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Glibc
import Synchronization

/// The line at the bottom of a terminal.
///
/// Nothing where standard error is none.
final class ProgressLine: Sendable {
  private let report: FetchReport
  private let timer = Mutex<TimerHandle?>(nil)
  private let isShown = isatty(2) == 1

  init(_ report: FetchReport) { self.report = report }

  func start() {
    guard isShown, let loop = EventLoop.current else { return }
    draw()
    arm(loop)
  }

  func stop() {
    guard isShown else { return }
    timer.withLock { timer in
      timer?.cancel()
      timer = nil
    }
    writeToStandardError("\r\u{1B}[K")
  }

  private func arm(_ loop: EventLoop) {
    let handle = loop.schedule(after: .milliseconds(100)) { [self] in
      draw()
      arm(loop)
    }
    timer.withLock { $0 = handle }
  }

  private func draw() {
    // The next one says more: nobody waits for this.
    if waitForRoom(2, milliseconds: 0) { writeToStandardError("\r\(text)\u{1B}[K") }
  }

  private var text: String {
    let done = report.done
    let seconds = report.elapsed / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let count = report.total.map { "\(done)/\($0)" } ?? "\(done)"
    var text = "\(count)  \(rate.fixed(1))/s"
    if report.failures > 0 { text += "  \(report.failures) failed" }
    if rate > 0, let total = report.total {
      let left = Int((Double(total - done) / rate).rounded(.up))
      text += "  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
    }
    return text
  }
}
