// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import Testing

@testable import AsyncIO
@testable import AsyncIOCore
@testable import AsyncIOPlatform

/// What threads do with files and what the ring does: the same, one by one.
@Suite struct FileBackendTests {
  enum Way: CaseIterable {
    case threads
    case ring
  }

  /// Runs `body` with the way of working on files, on a loop that has it; not at all where there is no ring.
  private static func with(
    _ way: Way, _ body: @escaping @Sendable (any FileBackend, Directory) async throws -> Void
  ) throws {
    if way == .ring, EventLoop.obstacleToRing != nil { return }
    try EventLoop.run(.init(backend: way == .ring ? .ioUring : .epoll, mode: .scoped)) {
      let files = EventLoop.ambientFiles
      #expect(files is RingFiles == (way == .ring))
      let directory = try Directory()
      defer { directory.remove() }
      try await withTimeout(.seconds(60)) { try await body(files, directory) }
    }
  }

  @Test(arguments: Way.allCases)
  func `What is written is read, at once and in parts`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      let path = directory.path("file")
      try await Self.write(files, "one", path)
      try await Self.write(files, "four", path)
      try await Self.write(files, " five", path, appending: true)
      #expect(try await Self.read(files, path) == "four five")
      let (file, status) = try await files.openForReading(path)
      defer { Syscalls.closeDescriptor(file) }
      #expect(status.isRegular && !status.isDirectory && status.size == 9)
      #expect(try await files.read(file, from: 5, count: 100) == Array("five".utf8))
      #expect(try await files.read(file, from: 9, count: 1) == [])
      #expect(try await files.read(file, from: 0, count: 4) == Array("four".utf8))
    }
  }

  @Test(arguments: Way.allCases)
  func `A file of any size comes whole`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      for count in [0, 1, 65_535, 65_536, 65_537, (1 << 24) + 1] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = directory.path("file-\(count)")
        guard case .done = try await files.write(bytes, to: path, appending: false, mode: 0o600)
        else {
          Issue.record("not regular")
          return
        }
        guard case .done(let read) = try await files.read(path, limit: .max, subject: "it") else {
          Issue.record("not regular")
          return
        }
        #expect(read == bytes)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `A file that says it is empty is read to its end`(_ way: Way) throws {
    try Self.with(way) { files, _ in
      let text = try await Self.read(files, CString("/proc/self/status"))
      #expect(text.contains("Threads:"))
    }
  }

  @Test(arguments: Way.allCases)
  func `A limit is kept to the byte, and names the file`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      let path = directory.path("file")
      try await Self.write(files, "12345", path)
      guard case .done(let all) = try await files.read(path, limit: 5, subject: "it") else {
        Issue.record("not regular")
        return
      }
      #expect(all.count == 5)
      let error = await #expect(throws: LimitOverrunError.self) {
        _ = try await files.read(path, limit: 4, subject: "the file")
      }
      #expect(error.map { "\($0)" }?.contains("the file") == true)
    }
  }

  @Test(arguments: Way.allCases)
  func `Errors are those of the system`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      let folder = directory.path("folder")
      try FileManager.default.createDirectory(
        atPath: directory.name("folder"), withIntermediateDirectories: false)
      await Self.expect(ENOENT) { _ = try await Self.read(files, directory.path("none")) }
      await Self.expect(ENOENT) { _ = try await files.openForReading(directory.path("none")) }
      await Self.expect(EISDIR) { _ = try await Self.read(files, folder) }
      await Self.expect(EISDIR) { try await Self.write(files, "x", folder) }
      await Self.expect(EISDIR) { _ = try await files.create(folder, mode: 0o600) }
      await Self.expect(ENOTDIR) {
        try await Self.write(files, "x", directory.path("file"))
        _ = try await Self.read(files, directory.path("file/below"))
      }
      await Self.expect(EBADF) { _ = try await files.read(1_000_000, from: 0, count: 1) }
      // Read and written as a stream: a device takes no bytes here.
      guard
        case .stream(let full) = try await files.write(
          [1], to: CString("/dev/full"), appending: false, mode: 0)
      else {
        Issue.record("a device is not regular")
        return
      }
      Syscalls.closeDescriptor(full)
    }
  }

  @Test(arguments: Way.allCases)
  func `What is no regular file is handed over open, and does not block`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      #expect(mkfifo(directory.name("fifo"), 0o600) == 0)
      let fifo = directory.path("fifo")
      // Without a reader a FIFO is not opened to be written, fifo(7).
      await Self.expect(ENXIO) { try await Self.write(files, "x", fifo) }
      guard case .stream(let reader) = try await files.read(fifo, limit: 1, subject: "it") else {
        Issue.record("a FIFO is not regular")
        return
      }
      defer { Syscalls.closeDescriptor(reader) }
      #expect(fcntl(reader, F_GETFL) & O_NONBLOCK != 0)
      guard
        case .stream(let writer) = try await files.write(
          [1], to: fifo, appending: true, mode: 0o600)
      else {
        Issue.record("a FIFO is not regular")
        return
      }
      defer { Syscalls.closeDescriptor(writer) }
      #expect(fcntl(writer, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(writer, F_GETFD) & FD_CLOEXEC != 0)
    }
  }

  @Test(arguments: Way.allCases)
  func `A new file has the permissions that were asked for, an old one keeps its own`(
    _ way: Way
  ) throws {
    try Self.with(way) { files, directory in
      let path = directory.path("file")
      Syscalls.closeDescriptor(try await files.create(path, mode: 0o640))
      #expect(directory.mode(of: "file") == 0o640)
      try await Self.write(files, "x", path, mode: 0o600)
      #expect(directory.mode(of: "file") == 0o640)
      Syscalls.closeDescriptor(try await files.create(path, mode: 0o600))
      #expect(try await Self.read(files, path) == "")
    }
  }

  @Test(arguments: Way.allCases)
  func `No descriptor is left, whatever becomes of a call`(_ way: Way) throws {
    try Self.with(way) { files, directory in
      let path = directory.path("file")
      try await Self.write(files, "12345", path)
      func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
          let target = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/fd/\($0)")
          return target?.hasPrefix(directory.name("")) == true
        }.count
      }
      #expect(try descriptors() == 0)
      for _ in 0..<20 {
        _ = try? await files.read(path, limit: 1, subject: "it")
        _ = try? await Self.read(files, path)
        try await Self.write(files, "12345", path)
        let task = createTask { try await files.read(path, limit: 10, subject: "it") }
        await Task.yield()
        task.cancel()
        _ = await task.result
      }
      #expect(try descriptors() == 0)
    }
  }

  // MARK: Shorter

  private static func write(
    _ files: any FileBackend, _ text: String, _ path: CString, appending: Bool = false,
    mode: UInt32 = 0o600
  ) async throws {
    let whole = try await files.write(
      Array(text.utf8), to: path, appending: appending, mode: mode)
    if case .stream = whole { Issue.record("not regular") }
  }

  private static func read(_ files: any FileBackend, _ path: CString) async throws -> String {
    guard case .done(let bytes) = try await files.read(path, limit: .max, subject: "it") else {
      Issue.record("not regular")
      return ""
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func expect(
    _ code: Int32, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
  ) async {
    let error = await #expect(throws: SystemError.self, sourceLocation: sourceLocation) {
      try await body()
    }
    #expect(error?.errno == code, sourceLocation: sourceLocation)
  }
}

/// A new directory for each test.
private struct Directory: Sendable {
  private let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("asyncio-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func name(_ file: String) -> String { url.appendingPathComponent(file).path }
  func path(_ file: String) -> CString { CString(FilePath(name(file))) }

  func mode(of file: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: name(file))
    return (attributes?[.posixPermissions] as? NSNumber)?.intValue
  }

  func remove() { try? FileManager.default.removeItem(at: url) }
}
