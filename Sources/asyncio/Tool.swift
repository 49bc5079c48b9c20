// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation

/// The command-line tool.
@main struct Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "asyncio",
    abstract:
      "Many waits at once, on one thread: fetch URLs, and a guided tour of AsyncIO for Swift.",
    version: "0.1.0",
    subcommands: [FetchCommand.self, TourCommand.self, DoctorCommand.self])

  static func main() {
    // Who reads our output may go away: then a write fails, and says so.
    signal(SIGPIPE, SIG_IGN)
    reserveStandardDescriptors()
    main(nil)
  }

  /// Fills the places of standard descriptors that are closed with ones on which every use fails,
  /// so that no file or socket gets their numbers.
  private static func reserveStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
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
    guard count >= 0 else { return false }
    rest = rest.dropFirst(count)
  }
  return true
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
