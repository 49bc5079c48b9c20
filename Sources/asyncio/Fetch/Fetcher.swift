// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import FoundationEssentials
import Glibc
import HTTPTypes

/// Fetches one URL, with its attempts.
struct Fetcher: Sendable {
  private let options: FetchOptions
  private let bodies: BodyStore?
  private let rate: RateLimit?
  private let client: HTTPClient

  init(_ options: FetchOptions, _ bodies: BodyStore?) {
    self.options = options
    self.bodies = bodies
    rate = options.interval.map { RateLimit($0) }
    client = HTTPClient(options.client)
  }

  /// Throws only what ends the whole job: cancellation, and trouble with the files.
  func fetch(_ item: FetchItem) async throws -> FetchResult {
    var result = FetchResult(url: item.url)
    if let problem = item.problem {
      (result.error, result.kind) = ("malformed URL: \(problem)", "malformed URL")
      return result
    }
    var backoff = Backoff()
    let start = LoopClock.Instant.now
    while true {
      try await rate?.wait()
      result.attempts += 1
      let pause = try await attempt(item, &result)
      result.elapsed = start.duration(to: .now)
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
    (result.finalURL, result.story) = (nil, nil)
    var request = options.template
    request.url = item.url
    do {
      let (head, bytes, story) = try await client.stream(request) { response in
        let bytes = try await receive(response, for: item)
        return (response.head, bytes, response.story)
      }
      (result.status, result.bytes) = (head.status.code, bytes)
      (result.finalURL, result.story) = (head.url, story)
      return retry(after: head, &result)
    } catch let error as HTTPError {
      return retry(after: error, &result)
    } catch let error as BodyStore.SaveError {
      (result.error, result.kind) = (error.message, "cannot save")
      return nil
    } catch let error as IOError {
      // The file of --data.
      (result.error, result.kind) = ("\(error)", "cannot read")
      return nil
    }
  }

  private func retry(
    after head: HTTPClient.ResponseHead, _ result: inout FetchResult
  ) -> Retry? {
    guard head.status.code >= 400 else { return nil }
    result.error = "HTTP \(head.status.code)"
    result.kind = result.error
    guard head.status.code == 429 || head.status.code >= 500 else { return nil }
    // These two say that nothing was done.
    guard isRepeatable || [429, 503].contains(head.status.code) else { return nil }
    let pause = head.retryAfter
    if let pause, pause > Backoff.longestRetryAfter {
      result.error = "HTTP \(head.status.code), to be tried again only after \(pause)"
      return nil
    }
    return Retry(retryAfter: pause)
  }

  private func retry(after error: HTTPError, _ result: inout FetchResult) -> Retry? {
    result.error =
      error.phase == .total ? "timed out after \(DurationArgument(options.timeout))" : error.message
    result.kind = error.code.description
    let transient: [HTTPError.Code] = [
      .resolution, .refused, .connection, .timedOut, .notProcessed,
    ]
    guard transient.contains(error.code) else { return nil }
    // Of a connection that was not made the server knows nothing.
    let isUntouched =
      error.attempt == 0 || [.refused, .resolution, .notProcessed].contains(error.code)
    return isRepeatable || isUntouched ? Retry() : nil
  }

  /// Whether the request may be made twice, RFC 9110 section 9.2.2.
  private var isRepeatable: Bool {
    ![.post, .patch, .connect].contains(options.template.method)
  }

  private func receive(
    _ response: HTTPClient.StreamedResponse, for item: FetchItem
  ) async throws -> Int {
    // The page of an error is not the page that was asked for.
    if let bodies, response.status.code < 400 {
      return try await bodies.save(response, for: item, limit: options.maxSize)
    }
    var count = 0
    for try await chunk in response.chunks {
      count += chunk.count
      try Self.check(count, options.maxSize, response.url)
    }
    return count
  }

  static func check(_ count: Int, _ limit: Int?, _ url: String) throws {
    guard let limit, count > limit else { return }
    throw HTTPError(.tooLarge, url: url, message: "the body is larger than \(limit) bytes")
  }
}
