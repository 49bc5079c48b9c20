// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A loop that cannot do what it was asked to.
public struct EventLoopError: Error, CustomStringConvertible {
  /// What kind of trouble it is.
  ///
  /// Later versions may add kinds.
  public struct Code: Hashable, Sendable {
    let name: String

    /// `run` was called on a thread whose loop is running already.
    public static let alreadyRunning = Code(name: "alreadyRunning")
    /// The loop has ended: nothing can run or wait on it any more.
    public static let ended = Code(name: "ended")
    /// A setting cannot be honoured.
    public static let invalidConfiguration = Code(name: "invalidConfiguration")
    /// Another task waits for the same direction of the same descriptor.
    public static let descriptorBusy = Code(name: "descriptorBusy")
    /// The descriptor was closed while a task waited for it.
    public static let descriptorClosed = Code(name: "descriptorClosed")
    /// The operating system refused something.
    public static let system = Code(name: "system")
    /// A call waited longer than it was allowed to.
    public static let timedOut = Code(name: "timedOut")
  }

  /// What kind of trouble it is.
  public let code: Code
  /// What happened, and what to do about it.
  public let message: String
  /// The error of the operating system, if one is behind this.
  public let cause: SystemError?

  package init(_ code: Code, _ message: String, cause: SystemError? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message, with its cause.
  public var description: String {
    cause.map { "\(message): \($0)" } ?? message
  }

  /// Whether two errors have the same code: lets `catch EventLoopError.alreadyRunning` work.
  public static func ~= (pattern: EventLoopError, error: any Error) -> Bool {
    (error as? EventLoopError)?.code == pattern.code
  }

  /// `run` inside a running loop of the same thread.
  public static let alreadyRunning = EventLoopError(
    .alreadyRunning,
    "EventLoop.run was called inside a running loop of the same thread; use await there, "
      + "or call it from another thread")

  package static func ended(_ loop: EventLoop) -> EventLoopError {
    EventLoopError(.ended, "the event loop \"\(loop.configuration.name)\" has ended")
  }
}
