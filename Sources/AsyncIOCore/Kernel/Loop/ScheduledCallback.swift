// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// User code that a loop runs once, and the place that scheduled it.
package struct ScheduledCallback: Sendable {
  private let body: @Sendable () throws -> Void
  private let site: SourceSite

  init(_ body: consuming @escaping @Sendable () throws -> Void, _ site: SourceSite) {
    self.body = body
    self.site = site
  }

  /// An error stops nothing: it is logged.
  func run() {
    do {
      try body()
    } catch {
      Log.error("a callback scheduled at \(site) failed: \(error)")
    }
  }

  /// Says that it will not run, since its loop has ended.
  func reportEnd(of loop: EventLoop) {
    Log.error(
      "a callback scheduled at \(site) does not run: \(EventLoopError.ended(loop))")
  }
}
