// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Feeds a child and collects what it writes, all at the same time.
final class OutputCollector: Sendable {
  private let input: [UInt8]
  private let limit: Int
  private let subject: String
  private let collected = Guarded<[[UInt8]]>([[], []])
  /// Which of them had more than the limit when the child had ended: by then others may have written it.
  private let isOver = Guarded<[Bool]>([false, false])

  init(_ configuration: Subprocess.Configuration, limit: Int) {
    switch configuration.input {
    case .none, .inherit: input = []
    case .bytes(let bytes): input = bytes
    case .text(let text): input = Array(text.utf8)
    }
    self.limit = limit
    subject = configuration.executable.description
  }

  var output: [UInt8] { collected.withLock { $0[0] } }
  var error: [UInt8] { collected.withLock { $0[1] } }

  func collect(from execution: Subprocess.Execution) async throws {
    do {
      try await collectUntilEnd(execution)
    } catch let group as ErrorGroup {
      throw group.errors.first ?? group
    }
    for (index, stream) in [execution.standardOutput, execution.standardError].enumerated() {
      try await takeRest(stream, index)
    }
  }

  private func collectUntilEnd(_ execution: Subprocess.Execution) async throws {
    try await withTaskScope { scope in
      scope.spawn { try await self.feed(execution.standardInput) }
      scope.spawn { try await self.drain(execution.standardOutput, 0, of: execution.child) }
      scope.spawn { try await self.drain(execution.standardError, 1, of: execution.child) }
      try await execution.child.waitForEnd()
      // What it has left in the background may hold the pipes open for ever: the call does not wait for that.
      scope.cancel()
    }
  }

  private func feed(_ stream: FileStream) async throws {
    do {
      if !input.isEmpty { try await stream.write(input) }
    } catch is IncompleteWriteError {
    } catch is IOError {
      // A child need not read all of its input.
    }
    await stream.close()
  }

  private func drain(_ stream: FileStream, _ index: Int, of child: ChildProcess) async throws {
    do {
      for try await piece in stream.chunks { try add(piece, index) }
    } catch let error as LimitOverrunError {
      // What others write once it has ended is not the child's.
      guard child.hasExited else { throw error }
      isOver.withLock { $0[index] = true }
    }
  }

  /// What is in the pipe when the child has ended, and not what others go on to write.
  ///
  /// More than the limit is an error unless another process goes on to write: then it need not be the child's.
  private func takeRest(_ stream: FileStream, _ index: Int) async throws {
    var overrun: LimitOverrunError?
    if isOver.withLock({ $0[index] }) { overrun = limitOverrun(index) }
    var left = try stream.availableBytes()
    while left > 0, let piece = try stream.readWithoutWaiting(upTo: left), !piece.isEmpty {
      left -= piece.count
      do throws(LimitOverrunError) { try add(piece, index) } catch { overrun = error }
    }
    if let overrun, try await !othersWrite(to: stream) { throw overrun }
  }

  /// Whether another process writes to a pipe whose first owner has ended.
  ///
  /// One that has it open and writes nothing does not count. It may be a child of another thread, which has a copy of
  /// every descriptor between its fork and its exec.
  private func othersWrite(to stream: FileStream) async throws -> Bool {
    do {
      return try await !withTimeout(.milliseconds(100)) { try await stream.read(upTo: 1) }.isEmpty
    } catch is TimeoutError {
      return false
    }
  }

  private func add(_ piece: [UInt8], _ index: Int) throws(LimitOverrunError) {
    let isTooMuch = collected.withLock { collected in
      let room = limit - collected[index].count
      collected[index] += piece.prefix(max(0, room))
      return piece.count > room
    }
    if isTooMuch { throw limitOverrun(index) }
  }

  private func limitOverrun(_ index: Int) -> LimitOverrunError {
    LimitOverrunError(limit: limit, subject: outputName(index))
  }

  private func outputName(_ index: Int) -> String {
    index == 0 ? "the output of \(subject)" : "the error output of \(subject)"
  }

  // MARK: While the child is ended

  /// Ends the child, and goes on to collect what it writes: so its last words are not lost, and no full pipe keeps it
  /// from saying them.
  ///
  /// What is over the limit is dropped.
  func collectLastWords(
    of execution: Subprocess.Execution, _ steps: [Subprocess.TeardownStep]
  ) async throws {
    try await withTaskScope(onFailure: .keepGoing) { scope in
      let readers = [execution.standardOutput, execution.standardError].enumerated()
        .map { index, stream in scope.spawn { await self.drainLeniently(stream, index) } }
      defer { for reader in readers { reader.cancel() } }
      try await execution.child.tearDown(steps)
    }
    for (index, stream) in [execution.standardOutput, execution.standardError].enumerated() {
      guard var left = try? stream.availableBytes() else { continue }
      while left > 0, let piece = try? stream.readWithoutWaiting(upTo: left), !piece.isEmpty {
        left -= piece.count
        keep(piece, index)
      }
    }
  }

  /// Reads until the end, or until it is cancelled; `body` may be reading, too, or have closed the stream.
  private func drainLeniently(_ stream: FileStream, _ index: Int) async {
    while let piece = try? await stream.read(), !piece.isEmpty { keep(piece, index) }
  }

  private func keep(_ piece: [UInt8], _ index: Int) {
    collected.withLock { collected in
      collected[index] += piece.prefix(max(0, limit - collected[index].count))
    }
  }
}
