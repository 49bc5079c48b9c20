// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation

/// `asyncio tour`.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: "A guided tour: each idea in a few lines of code, run against a server inside this process.",
    discussion: "Without a section, all run in turn, in less than 20 seconds.")

  @Argument(help: "The section to run; --list names them.")
  var section: String?

  @Flag(help: "List the sections.")
  var list = false
}
