// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Logging
import ServiceLifecycle

/// A service that takes note of the request to end, and goes on.
private struct Stubborn: Service {
  func run() async throws {
    try await withGracefulShutdownHandler {
      try await Task.sleep(for: .seconds(3600))
    } onGracefulShutdown: {
      say("asked to end")
    }
  }
}

private func say(_ line: String) {
  print(line)
  fflush(nil)
}

/// What code of this process reads signals from, signalfd(2): Dispatch has a descriptor for each signal that it handles.
private func signalReaders() -> [UInt64] {
  let directory = "/proc/self/fdinfo"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  return names.compactMap { name in
    let text = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("sigmask:") }
    return line.flatMap { UInt64($0.dropFirst("sigmask:".count).filter(\.isHexDigit), radix: 16) }
  }
}

/// A program with a `ServiceGroup` that handles SIGINT.
///
/// With the argument `during` the group runs; with `after` it has ended; with `after-stubborn` it has ended, and the program does not
/// end when it is cancelled.
@main struct SharedSignals: LoopProgram {
  static func run() async throws {
    let group = ServiceGroup(
      services: [Stubborn()], gracefulShutdownSignals: [.sigint], logger: Logger(label: "group"))
    let running = createTask { try await group.run() }
    // The group takes the signal; the program notices, and hands it on by another signal's number.
    let interrupt: UInt64 = 1 << (UInt64(SIGINT) - 1)
    while !signalReaders().contains(where: { $0 != interrupt }) {
      try await sleep(for: .milliseconds(1))
    }
    switch CommandLine.arguments.dropFirst().first {
    case "during":
      say("ready")
      try await running.value
    case "after":
      try await end(running)
      say("ready")
      defer { say("clean") }
      try await sleep(for: .seconds(3600))
    default:
      try await end(running)
      say("ready")
      try? await sleep(for: .seconds(3600))
      say("cancelled")
      _ = await createTask { try await sleep(for: .seconds(3600)) }.result
    }
  }

  private static func end(_ running: Task<Void, any Error>) async throws {
    running.cancel()
    _ = await running.result
    // Dispatch closes its descriptor a little later.
    while !signalReaders().isEmpty { try await sleep(for: .milliseconds(1)) }
  }
}
