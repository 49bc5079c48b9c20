// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import ArgumentParser
import AsyncIO
import FoundationEssentials
import Glibc

/// `asyncio doctor`.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What an event loop finds on this machine, and what would make it faster.",
    discussion:
      "Exit status 0; 1 when no loop can be made here, or the Swift runtime is not as the package expects it."
  )

  /// With fewer, a server for many connections soon has none left.
  private static let comfortableDescriptors: UInt64 = 10_000

  func run() throws {
    try runOnLoop {
      guard let loop = EventLoop.current else { return }
      let broken = await RuntimeContract.check().filter { !$0.holds }.map(\.name)
      let text = Self.report(backend: loop.backend, broken: broken)
      guard writeWhole(Array(text.utf8), to: 1) else {
        writeToStandardError("error: cannot write: \(String(cString: strerror(errno)))\n")
        throw ExitStatus(1)
      }
      if !broken.isEmpty { throw ExitStatus(1) }
    }
  }

  private static func report(backend: EventLoop.Backend, broken: [String]) -> String {
    let obstacle = EventLoop.obstacleToRing
    let (soft, hard) = descriptorLimits
    let forced = ProcessInfo.processInfo.environment["ASYNCIO_BACKEND"].map {
      $0.isEmpty ? "" : ", as ASYNCIO_BACKEND says"
    }
    let lines = [
      ("kernel", kernel),
      ("processors", "\(ProcessInfo.processInfo.activeProcessorCount)"),
      ("back end", backend.rawValue + (forced ?? "")),
      ("io_uring", obstacle.map { "no: \($0)" } ?? "yes"),
      (
        "runtime",
        "\(Runtime.implementation.rawValue) (\(Runtime.reason)), "
          + (broken.isEmpty ? "as expected" : "NOT as expected")
      ),
      ("descriptors", "\(soft), can be raised to \(hard)"),
    ]
    var text = lines.map { $0.padded(to: 12) + $1 + "\n" }
      .joined()
    if !broken.isEmpty {
      text += "\nOf the Swift runtime this does not hold: \(broken.joined(separator: "; ")).\n"
      text +=
        "Build with -Xswiftc -DASYNCIO_STANDARD_RUNTIME, which takes nothing for granted, and report it.\n"
    }
    if obstacle != nil {
      text +=
        "\nWithout io_uring (Linux 6.1; containers often forbid it) files are read by threads.\n"
    }
    if soft < comfortableDescriptors {
      text += "\nA server for many connections wants more descriptors: "
      text += "ulimit -n \(min(hard, 65_536)).\n"
    }
    return text
  }

  private static var kernel: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return withUnsafeBytes(of: names.release) {
      "Linux " + String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static var descriptorLimits: (soft: UInt64, hard: UInt64) {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else {
      return (0, 0)
    }
    return (UInt64(limits.rlim_cur), UInt64(limits.rlim_max))
  }
}
