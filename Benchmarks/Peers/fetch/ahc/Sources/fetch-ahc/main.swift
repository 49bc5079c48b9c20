// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Fetches the URLs of a file by AsyncHTTPClient: fetch-ahc FILE WORKERS http1|h2

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

let workers = Int(CommandLine.arguments[2]) ?? 50
var settings = HTTPClient.Configuration()
settings.httpVersion = CommandLine.arguments[3] == "h2" ? .automatic : .http1Only
settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = workers
settings.tlsConfiguration = .makeClientConfiguration()
settings.tlsConfiguration?.certificateVerification = .none
let client = HTTPClient(
  eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1), configuration: settings)

/// The lines of the file, for as many tasks as ask.
actor Lines {
  private let file: UnsafeMutablePointer<FILE>
  init(_ path: String) {
    guard let file = fopen(path, "r") else { fatalError("cannot read \(path)") }
    self.file = file
  }
  func next() -> String? {
    var (line, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
    defer { free(line) }
    let count = getline(&line, &size, file)
    guard count > 0, let line else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: line, count: count - 1), as: UTF8.self)
  }
}

let lines = Lines(CommandLine.arguments[1])
let (done, bytes) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
  for _ in 0..<workers {
    group.addTask {
      var (done, bytes) = (0, 0)
      while let url = await lines.next() {
        let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
        for try await buffer in response.body { bytes += buffer.readableBytes }
        if response.status == .ok { done += 1 }
      }
      return (done, bytes)
    }
  }
  var (done, bytes) = (0, 0)
  for try await part in group { (done, bytes) = (done + part.0, bytes + part.1) }
  return (done, bytes)
}
print(done, bytes)
try await client.shutdown()
