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
    subcommands: [FetchCommand.self, TourCommand.self])
}

extension ParsableCommand {
  /// Runs the command's work on the event loop, and ends with its status.
  func runOnLoop(_ body: @escaping @Sendable () async throws -> Void) throws {
    // Who reads our output may go away: then a write fails, and says so.
    signal(SIGPIPE, SIG_IGN)
    let status = LoopProgramRunner.run { try await body() }
    if status != 0 { throw ExitCode(status) }
  }
}

/// Says on standard error what the user gave wrong, and ends with EX_USAGE of sysexits.h.
func usageError(_ message: String) -> ExitStatus {
  writeToStandardError("error: \(message)\n")
  return ExitStatus(64)
}

func writeToStandardError(_ text: String) {
  FileHandle.standardError.write(Data(text.utf8))
}
