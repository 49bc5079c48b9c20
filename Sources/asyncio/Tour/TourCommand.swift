// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Glibc

/// `asyncio tour`.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract:
      "A guided tour: each idea in a few lines of code, run against a server inside this process.",
    discussion: "Without a section, all run in turn, in less than 20 seconds.")

  @Argument(help: "The section to run; --list names them.")
  var section: String?

  @Flag(help: "List the sections.")
  var list = false

  func validate() throws {
    guard let section, !Tour.sections.contains(where: { $0.name == section }) else { return }
    let names = Tour.sections.map(\.name).joined(separator: ", ")
    throw ValidationError("there is no section '\(section)'; there are: \(names)")
  }

  func run() throws {
    if list {
      for section in Tour.sections {
        print(section.name.padded(to: 12) + section.title)
      }
      return
    }
    let sections = Tour.sections.filter { section == nil || $0.name == section }
    try runOnLoop { try await Tour.run(sections) }
  }
}
