// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A signal that a program can listen for, signal(7).
///
/// Not among them are those that cannot be caught (KILL, STOP) and those that say that the running
/// instruction has failed (SEGV, BUS, FPE, ILL): no program can go on after them.
public struct UnixSignal: Hashable, Sendable, CustomStringConvertible {
  /// The signal's number on this system.
  public let number: Int32

  private init(_ number: Int32) { self.number = number }

  /// The signal of a number; nil when there is none, or none that can be listened for.
  public init?(number: Int32) {
    guard SignalNumbers.isCatchable(number) else { return nil }
    self.number = number
  }

  /// HUP: the terminal has gone; to services, the request to read their settings again.
  public static let hangup = UnixSignal(SignalNumbers.hangup)
  /// INT: Ctrl-C.
  public static let interrupt = UnixSignal(SignalNumbers.interrupt)
  /// QUIT: Ctrl-\.
  public static let quit = UnixSignal(SignalNumbers.quit)
  /// TERM: the request to end.
  public static let terminate = UnixSignal(SignalNumbers.terminate)
  /// USR1: what the program makes of it.
  public static let user1 = UnixSignal(SignalNumbers.user1)
  /// USR2: what the program makes of it.
  public static let user2 = UnixSignal(SignalNumbers.user2)
  /// ALRM: a timer of the system.
  public static let alarm = UnixSignal(SignalNumbers.alarm)
  /// CHLD: a child process has stopped or ended.
  public static let child = UnixSignal(SignalNumbers.child)
  /// CONT: the process goes on after a stop.
  public static let resume = UnixSignal(SignalNumbers.resume)
  /// TSTP: Ctrl-Z.
  public static let terminalStop = UnixSignal(SignalNumbers.terminalStop)
  /// WINCH: the terminal has another size.
  public static let windowChange = UnixSignal(SignalNumbers.windowChange)

  /// The name, as in `SIGTERM`.
  public var description: String { SignalNumbers.name(number) }
}
