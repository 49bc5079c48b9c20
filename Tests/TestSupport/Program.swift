// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import Foundation

/// A program of this package, run as a process.
public final class Program: Sendable {
  /// What a program left behind.
  public struct Outcome: Sendable, CustomStringConvertible {
    /// The exit status, or 128 plus the number of the signal that ended it.
    public let status: Int32
    /// What it wrote.
    public let output: String, errors: String

    /// All of it, for failure messages.
    public var description: String {
      "status \(status)\n--- output\n\(output)--- errors\n\(errors)"
    }

    /// The lines of the output.
    public var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  private let process = Process()
  private let outputFile: URL
  private let errorFile: URL

  /// The directory of the built programs: where this one, the tests, is.
  public static let products: URL = {
    let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var directory = own.deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      directory = URL(fileURLWithPath: argument).deletingLastPathComponent()
    }
    return directory
  }()

  /// Starts a program.
  public init(
    _ name: String, _ arguments: [String], input: String? = nil, inputPipe: Pipe? = nil,
    environment: [String: String] = [:],
    output: FileHandle? = nil, errors: FileHandle? = nil
  ) throws {
    let directory = FileManager.default.temporaryDirectory
    outputFile = directory.appendingPathComponent("asyncio-\(UUID().uuidString).out")
    errorFile = directory.appendingPathComponent("asyncio-\(UUID().uuidString).err")
    process.executableURL =
      name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.products.appendingPathComponent(name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { $1 }.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    _ = FileManager.default.createFile(atPath: outputFile.path, contents: nil)
    _ = FileManager.default.createFile(atPath: errorFile.path, contents: nil)
    process.standardOutput = try output ?? FileHandle(forWritingTo: outputFile)
    process.standardError = try errors ?? FileHandle(forWritingTo: errorFile)
    if let inputPipe {
      process.standardInput = inputPipe
      try process.run()
    } else if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      try process.run()
      try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try pipe.fileHandleForWriting.close()
    } else {
      process.standardInput = FileHandle.nullDevice
      try process.run()
    }
  }

  /// Runs a program to its end.
  public static func run(
    _ name: String, _ arguments: [String], input: String? = nil,
    environment: [String: String] = [:],
    output: FileHandle? = nil, errors: FileHandle? = nil
  ) throws -> Outcome {
    try Program(
      name, arguments, input: input, environment: environment, output: output, errors: errors
    ).wait()
  }

  /// Waits for the end; a program that hangs is killed after a minute.
  public func wait(limit: TimeInterval = 60) throws -> Outcome {
    let deadline = Date() + limit
    while process.isRunning, Date() < deadline { usleep(2000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    defer {
      try? FileManager.default.removeItem(at: outputFile)
      try? FileManager.default.removeItem(at: errorFile)
    }
    let signalled = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: (signalled ? 128 : 0) + process.terminationStatus, output: text(outputFile),
      errors: text(errorFile))
  }

  /// Waits until the program has written this to its standard output.
  public func waitForOutput(_ needle: String, limit: TimeInterval = 30) -> Bool {
    wait(limit) { self.text(self.outputFile).contains(needle) }
  }

  /// Waits until the program has written this to its standard error.
  public func waitForErrors(_ needle: String, limit: TimeInterval = 30) -> Bool {
    wait(limit) { self.text(self.errorFile).contains(needle) }
  }

  /// Waits until the program has written so many lines to its standard output.
  public func waitForLines(_ count: Int, limit: TimeInterval = 30) -> Bool {
    wait(limit) { self.output.components(separatedBy: "\n").count > count }
  }

  private func wait(_ limit: TimeInterval, until condition: () -> Bool) -> Bool {
    let deadline = Date() + limit
    while Date() < deadline {
      if condition() { return true }
      if !process.isRunning { return condition() }
      usleep(2000)
    }
    return false
  }

  /// What it has written to its standard output so far.
  public var output: String { text(outputFile) }

  /// The number of the process.
  public var processIdentifier: Int32 { process.processIdentifier }

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  private func text(_ file: URL) -> String {
    (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  }
}
