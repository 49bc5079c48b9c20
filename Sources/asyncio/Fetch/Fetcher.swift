// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

/// Fetches one URL, with its attempts.
struct Fetcher: Sendable {
  private let options: FetchOptions
  private let bodies: BodyStore?
  private let client: HTTPClient

  init(_ options: FetchOptions, _ bodies: BodyStore?) {
    self.options = options
    self.bodies = bodies
    var configuration = HTTPClient.Configuration()
    configuration.timeout = nil  // `withTimeout` is around every attempt.
    configuration.connectTimeout = options.timeout
    client = HTTPClient(configuration)
  }

  /// Throws only what ends the whole job: cancellation, and trouble with the files.
  func fetch(_ item: FetchItem) async throws -> FetchResult {
    var backoff = Backoff()
    var result = FetchResult(url: item.url)
    let start = LoopClock.Instant.now
    while true {
      result.attempts += 1
      let pause = try await attempt(item, &result)
      result.milliseconds = start.duration(to: .now) / .milliseconds(1)
      guard let pause, result.attempts <= options.retries else { return result }
      try await sleep(for: pause.retryAfter ?? backoff.next())
    }
  }

  /// Why and when to try again.
  private struct Retry {
    var retryAfter: Duration?
  }

  private func attempt(_ item: FetchItem, _ result: inout FetchResult) async throws -> Retry? {
    (result.status, result.bytes, result.error, result.kind) = (nil, 0, nil, nil)
    do {
      let (head, bytes) = try await withTimeout(options.timeout) {
        try await client.stream(.init(item.url, headers: options.headers)) { head, chunks in
          (head, try await receive(chunks, for: item))
        }
      }
      (result.status, result.bytes) = (head.status.code, bytes)
      guard head.status.code >= 400 else { return nil }
      result.error = "HTTP \(head.status.code)"
      result.kind = result.error
      guard head.status.code == 429 || head.status.code >= 500 else { return nil }
      let pause = Backoff.retryAfter(head.headers)
      if let pause, pause > Backoff.longestRetryAfter {
        result.error = "HTTP \(head.status.code), to be tried again only after \(pause)"
        return nil
      }
      return Retry(retryAfter: pause)
    } catch let error as HTTPError {
      (result.error, result.kind) = (error.message, error.code.description)
      let transient: [HTTPError.Code] = [.resolution, .refused, .connection, .timedOut]
      return transient.contains(error.code) ? Retry() : nil
    } catch let error as BodyStore.SaveError {
      (result.error, result.kind) = (error.message, "cannot save")
      return nil
    } catch is TimeoutError {
      result.error = "timed out after \(DurationArgument(options.timeout))"
      result.kind = "timed out"
      return Retry()
    }
  }

  private func receive(_ chunks: HTTPClient.Chunks, for item: FetchItem) async throws -> Int {
    guard let bodies else {
      var count = 0
      for try await chunk in chunks { count += chunk.count }
      return count
    }
    return try await bodies.save(chunks, for: item)
  }
}
