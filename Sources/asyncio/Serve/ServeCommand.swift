// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import AsyncIOHTTP
import AsyncIOTLS
import HTTPTypes
import Logging

/// `asyncio serve`: the files of a directory, for as long as one likes.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the files of a directory by HTTP.",
    discussion: """
      Only this machine can connect, unless --public or --host says otherwise. No path leads out of the directory, and names that begin with a \
      dot are not served. Of a file with a .br, .zst or .gz beside it that is sent to clients which understand it. SIGTERM \
      and Ctrl-C end the server once its requests are answered; a second one ends it at once.
      """)

  @Argument(help: "The directory.")
  var directory = "."

  @OptionGroup var options: ServeOptions

  func run() throws {
    let (directory, options) = (directory, options)
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    try runOnLoop {
      do {
        try await StaticServer(directory, options).run()
      } catch let error as IOError {
        writeToStandardError("error: \(error)\n")
        throw ExitStatus(1)
      } catch let error as TLSError {
        writeToStandardError("error: \(error)\n")
        throw ExitStatus(1)
      } catch let error as ResolveError {
        writeToStandardError("error: \(error)\n")
        throw ExitStatus(1)
      }
    }
  }
}
