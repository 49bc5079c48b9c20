// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The numbers of signals, signal(7).
enum SignalNumbers {
  static let hangup = SIGHUP
  static let interrupt = SIGINT
  static let quit = SIGQUIT
  static let terminate = SIGTERM
  static let kill = SIGKILL
  static let user1 = SIGUSR1
  static let user2 = SIGUSR2
  static let alarm = SIGALRM
  static let child = SIGCHLD
  static let resume = SIGCONT
  static let terminalStop = SIGTSTP
  static let windowChange = SIGWINCH

  private static let uncatchable: Set<Int32> = [
    SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
    // Of the C library, nptl(7).
    32, 33,
  ]

  static func isCatchable(_ number: Int32) -> Bool {
    (1...64).contains(number) && !uncatchable.contains(number)
  }

  static func name(_ number: Int32) -> String {
    asyncio_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
  }
}
