// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import Foundation
import HTTPTypes

/// The checked options of a fetch.
struct FetchOptions: Sendable {
  let urls: [String]
  let input: String?
  let concurrency: Int
  let timeout: Duration
  let retries: Int
  let output: String?
  let bodiesDirectory: String?
  let stopsAtFailure: Bool
  let headers: HTTPFields

  init(_ command: FetchCommand) throws {
    urls = command.urls
    input = command.input
    concurrency = command.concurrency
    timeout = command.timeout.duration
    retries = command.retries
    output = command.output
    bodiesDirectory = command.saveBodies
    stopsAtFailure = command.failFast
    headers = try FetchHeaders(command.header).fields
  }
}

func errnoText(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
