// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Glibc
import Logging
import NIOCore
import NIOPosix

/// Runs a loop in a process whose default executor is NIO's, as the argument says.
@main enum OtherExecutor {
  static func main() {
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    switch CommandLine.arguments.dropFirst().first {
    case "before":
      install()
      end(LoopProgramRunner.run { try await show() })
    case "asked":
      install()
      end(LoopProgramRunner.run(.init(mode: .takeover)) { try await show() })
    case "run":
      install()
      do { try EventLoop.run { try await show() } } catch { print("\(error)") }
    case "later":
      end(
        LoopProgramRunner.run {
          install()
          try await show()
        })
    default: end(2)
    }
  }

  private static func install() {
    let isInstalled =
      NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
    print("installed: \(isInstalled)")
  }

  /// Where the code runs: on the loop, or elsewhere.
  private static func show() async throws {
    let loop = EventLoop.current
    try await sleep(for: .milliseconds(5))
    let places = try await gather(0..<4) { _ in
      try await sleep(for: .milliseconds(1))
      return EventLoop.current
    }
    let created = try await createTask { EventLoop.current }.value
    let isAtHome = loop != nil && EventLoop.current === loop && created === loop
    print("on the loop: \(isAtHome && places.allSatisfy { $0 === loop })")
    let other = await Task { EventLoop.current == nil }.value
    print("a task of the language elsewhere: \(other)")
  }

  private static func end(_ status: Int32) -> Never {
    exit(status)
  }
}
