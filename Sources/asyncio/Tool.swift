// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Glibc

/// The command-line tool.
@main struct Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "asyncio",
    abstract:
      "Many waits at once, on one thread: fetch URLs, serve files, and a guided tour of AsyncIO for Swift.",
    version: "0.1.0",
    subcommands: [
      FetchCommand.self, GetCommand.self, ServeCommand.self, TourCommand.self, DoctorCommand.self,
    ])

  static func main() {
    // The reader of our output may go away: then a write fails with an error that says so.
    signal(SIGPIPE, SIG_IGN)
    EventLoop.fillStandardDescriptors()
    EventLoop.keepFreedMemory(8 << 20)
    refuseAlteredArguments()
    main(nil)
  }

  /// Arguments that are not UTF-8 would name other files than they do.
  private static func refuseAlteredArguments() {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let text = CommandLine.unsafeArgv[index], String(validatingCString: text) == nil
      else { continue }
      writeToStandardError("error: argument \(index) is not UTF-8: \(String(cString: text))\n")
      Glibc.exit(64)
    }
  }
}

/// Writes all bytes; false, with errno, when that fails.
///
/// May block.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 && errno == EINTR { continue }
    if count < 0, errno == EAGAIN, waitForRoom(descriptor, milliseconds: 5000) { continue }
    guard count >= 0 else { return false }
    rest = rest.dropFirst(count)
  }
  return true
}

/// Waits until a descriptor that does not block takes something; false when the time is up.
func waitForRoom(_ descriptor: Int32, milliseconds: Int32) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  return poll(&entry, 1, milliseconds) > 0
}

extension ParsableCommand {
  /// Runs the command's work on the event loop, and ends with its status.
  func runOnLoop(
    slowStepThreshold: Duration = .milliseconds(100),
    _ body: @escaping @Sendable () async throws -> Void
  ) throws {
    var settings = EventLoop.Configuration()
    settings.slowStepThreshold = slowStepThreshold
    let status = LoopProgramRunner.run(settings) { try await body() }
    if status != 0 { throw ExitCode(status) }
  }
}

/// Says on standard error what the user gave wrong, and ends with EX_USAGE of sysexits.h.
func usageError(_ message: String) -> ExitStatus {
  writeToStandardError("error: \(message)\n")
  return ExitStatus(64)
}

func writeToStandardError(_ text: String) {
  // Where even this cannot be written, there is nobody left to tell.
  _ = writeWhole(Array(text.utf8), to: 2)
}
