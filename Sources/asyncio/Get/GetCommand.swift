// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc
import HTTPTypes
import Logging

/// `asyncio get`: one answer, for people on a terminal and for programs in a pipe.
struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Fetch one URL and print what it gives.",
    discussion: """
      On a terminal the head of the answer is shown, too, JSON is laid out, and both have colours, \
      unless NO_COLOR is set. In a pipe, and with --output, the body comes as it is. The exit status \
      is 1 for an error and for a status of 400 and above, whose body is printed all the same.
      """)

  @Argument(help: "The URL, http or https.")
  var url: String

  @Option(help: "Write the body to this file, which is replaced when the body is there whole.")
  var output: String?

  @Option(help: "The longest time for all of it: 30s, 500ms, 2m; a plain number is in seconds.")
  var timeout = DurationArgument(.seconds(300))

  @OptionGroup var request: RequestArguments

  func run() throws {
    LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
    var template = try request.template()
    template.url = url
    template.timeout = timeout.duration
    let (request, configuration, output) = (template, self.request.configuration, output)
    try runOnLoop(slowStepThreshold: .zero) {
      do {
        try await Self.print(request, HTTPClient(configuration), to: output)
      } catch let error as HTTPError {
        writeToStandardError("error: \(TerminalText.escaped(error.description))\n")
        throw ExitStatus(error.code == .malformedRequest && error.attempt == 0 ? 64 : 1)
      } catch let error as IOError {
        writeToStandardError("error: \(error)\n")
        throw ExitStatus(1)
      } catch let error as IncompleteWriteError {
        writeToStandardError("error: \(error.cause)\n")
        throw ExitStatus(1)
      }
    }
  }

  private static func print(
    _ request: HTTPClient.Request, _ client: HTTPClient, to output: String?
  ) async throws {
    let isGood = try await client.stream(request) { response in
      if let output {
        // The page of an error does not replace the file.
        if response.status.code < 400 { try await response.save(to: output) }
      } else {
        let stream = try FileStream.standardOutput()
        if isatty(1) == 1 {
          try await stream.write(
            TerminalAnswer(colours: getenv("NO_COLOR") == nil).text(of: response))
        } else {
          for try await chunk in response.chunks { try await stream.write(chunk) }
        }
        await stream.close()
      }
      if response.status.code >= 400, output != nil {
        writeToStandardError("error: \(response.url): HTTP \(response.status.code)\n")
      }
      return response.status.code < 400
    }
    if !isGood { throw ExitStatus(1) }
  }
}
