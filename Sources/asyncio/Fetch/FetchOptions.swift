// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import AsyncIOHTTP
import Glibc
import HTTPTypes

/// The checked options of a fetch.
struct FetchOptions: Sendable {
  let urls: [String]
  let input: String?
  let isStrict: Bool
  let concurrency: Int
  let perHost: Int?
  /// The time between the begins of two requests.
  let interval: Duration?
  let timeout: Duration
  let retries: Int
  let maxSize: Int?
  let output: String?
  let resumes: Bool
  let bodiesDirectory: String?
  let stopsAtFailure: Bool
  let template: HTTPClient.Request
  let client: HTTPClient.Configuration

  init(_ command: FetchCommand) throws {
    urls = command.urls
    input = command.input
    isStrict = command.strict
    concurrency = command.concurrency
    perHost = command.perHost
    interval = command.rate?.interval
    timeout = command.timeout.duration
    retries = command.retries
    maxSize = command.maxSize?.count
    output = command.output
    resumes = command.resume
    bodiesDirectory = command.saveBodies
    stopsAtFailure = command.failFast
    var template = try command.request.template()
    template.timeout = timeout
    self.template = template
    var client = command.request.configuration
    if command.request.connectTimeout == nil { client.connectTimeout = timeout }
    self.client = client
  }
}

func errnoText(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
