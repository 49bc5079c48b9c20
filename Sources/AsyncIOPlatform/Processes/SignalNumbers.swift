// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// The numbers of signals, signal(7).
package enum SignalNumbers {
  package static let hangup = SIGHUP
  package static let interrupt = SIGINT
  package static let quit = SIGQUIT
  package static let terminate = SIGTERM
  package static let kill = SIGKILL
  package static let user1 = SIGUSR1
  package static let user2 = SIGUSR2
  package static let alarm = SIGALRM
  package static let child = SIGCHLD
  package static let resume = SIGCONT
  package static let terminalStop = SIGTSTP
  package static let windowChange = SIGWINCH

  private static let uncatchable: Set<Int32> = [
    SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
    // Of the C library, nptl(7).
    32, 33,
  ]

  package static func isCatchable(_ number: Int32) -> Bool {
    (1...64).contains(number) && !uncatchable.contains(number)
  }

  package static func name(_ number: Int32) -> String {
    asyncio_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
  }
}
