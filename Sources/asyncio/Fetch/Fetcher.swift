// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

/// What became of one URL.
struct FetchResult: Sendable {
  let url: String
  var status: Int?
  var bytes = 0
  var milliseconds = 0.0
  var attempts = 0
  /// What went wrong, for people.
  var error: String?
  /// What went wrong, for counting.
  var kind: String?

  private struct Line: Encodable {
    let url: String
    let status: Int?
    let bytes: Int
    let milliseconds: Double
    let attempts: Int
    let error: String?

    enum CodingKeys: CodingKey { case url, status, bytes, milliseconds, attempts, error }

    // Every key in every line, absent values as null: easier on those who read them.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(url, forKey: .url)
      try container.encode(status, forKey: .status)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(milliseconds, forKey: .milliseconds)
      try container.encode(attempts, forKey: .attempts)
      try container.encode(error, forKey: .error)
    }
  }

  var json: String {
    let line = Line(
      url: url, status: status, bytes: bytes, milliseconds: (milliseconds * 1000).rounded() / 1000,
      attempts: attempts, error: error)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

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

/// How long to wait before another attempt.
struct Backoff {
  private var ceiling = Duration.milliseconds(250)
  private static let longest = Duration.seconds(30)
  /// A server that asks for more is not waited for.
  static let longestRetryAfter = Duration.seconds(300)

  /// A random time up to a bound that doubles: those who failed together do not come back together.
  mutating func next() -> Duration {
    defer { ceiling = min(ceiling * 2, Self.longest) }
    return ceiling * Double.random(in: 0.5...1)
  }

  /// `Retry-After` in seconds or as a date, RFC 9110 section 10.2.3.
  static func retryAfter(_ headers: HTTPFields, now: Date = Date()) -> Duration? {
    guard let text = headers[.retryAfter] else { return nil }
    if let seconds = Int64(text) { return .seconds(min(max(0, seconds), 86_400)) }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = formatter.date(from: text) else { return nil }
    return .seconds(min(max(0, date.timeIntervalSince(now)), 86_400))
  }
}

/// Saves bodies, each into a file of its own that appears when it is complete.
struct BodyStore: Sendable {
  struct SaveError: Error {
    let message: String
  }

  private let directory: String

  init(_ path: String) throws {
    directory = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw usageError("cannot make the directory \(path): \(errnoText())")
    }
  }

  /// Returns the number of bytes.
  func save(_ chunks: HTTPClient.Chunks, for item: FetchItem) async throws -> Int {
    let target = "\(directory)/\(Self.fileName(for: item))"
    let partial = target + ".part"
    let file = try await runBlocking {
      try Self.check(open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666), target)
    }
    do {
      var count = 0
      for try await chunk in chunks {
        count += chunk.count
        try await runBlocking { if !writeWhole(chunk, to: file) { try Self.check(-1, target) } }
      }
      // Atomic, and over an older file of the same name, rename(2).
      _ = try await runBlocking { try Self.check(rename(partial, target), target) }
      close(file)
      return count
    } catch {
      close(file)
      unlink(partial)
      throw error
    }
  }

  @discardableResult
  private static func check(_ result: Int32, _ path: String) throws -> Int32 {
    guard result < 0 else { return result }
    throw SaveError(message: "cannot save the body to \(path): \(errnoText())")
  }

  /// For example `000012-example.com-index.html`: sorted as the input, and telling where it is
  /// from.
  private static func fileName(for item: FetchItem) -> String {
    let number = String(item.index + 1)
    let padding = String(repeating: "0", count: max(0, 6 - number.count))
    let readable = item.url.drop { $0 != "/" }.drop { $0 == "/" }.prefix(80).map {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-"
    }
    return "\(padding)\(number)-\(String(readable))"
  }
}
