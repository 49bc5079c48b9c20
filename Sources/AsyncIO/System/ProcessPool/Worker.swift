// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// A pool's end of a worker process: one call at a time.
final class Worker: Sendable {
  enum Reply {
    case value([UInt8])
    case failure(type: String, message: String)
  }

  private let child: ChildProcess
  private let stream: UnixStream

  private init(_ child: ChildProcess, _ stream: UnixStream) {
    self.child = child
    self.stream = stream
  }

  /// Starts this program again, as a worker.
  static func start() async throws -> Worker {
    let subject = "a worker process"
    do {
      let (ours, theirs) = try Syscalls.socketPair()
      defer { Syscalls.closeDescriptor(theirs) }
      let stream = UnixStream(
        try SocketTransport(ours, on: .ambient), peer: SocketAddress(.unix([])))
      let configuration = Subprocess.Configuration(
        executable: .path("/proc/self/exe"), arguments: .own,
        environment: .inherit.updating([WorkerProcess.variable: "1"]), input: .none,
        output: .inherit, error: .inherit, teardown: [])
      let child = try await ChildProcess.spawn(
        SpawnRequest(configuration), [-1, 1, 2], extra: theirs, reapsItself: true)
      return Worker(child, stream)
    } catch let error as SystemError {
      throw IOError("start", subject, error)
    }
  }

  /// Whether it can be given a call: it lives, and so does the loop that watches its connection.
  var isUsable: Bool { child.isRunning && stream.direct?.loop.isEnded == false }

  /// Has the worker make a call.
  ///
  /// When this throws, the worker is in the middle of something, or dead: it cannot be used again.
  func call(_ request: [UInt8], title: String) async throws -> Reply {
    do {
      try await stream.write([RemoteFrame.header(of: .call, count: request.count), request])
      guard let header = RemoteFrame.header(try await stream.readExactly(RemoteFrame.headerSize))
      else { throw StreamClosedError() }
      return try reply(header.kind, try await stream.readExactly(header.count))
    } catch let error as CancellationError {
      throw error
    } catch let error as IncompleteWriteError where error.cause is CancellationError {
      throw CancellationError()
    } catch {
      // Whatever happened to the connection: the worker has ended, or has to.
      stream.abort()
      try? child.send(SignalNumbers.kill, toGroup: true)
      try await child.waitForEnd()
      throw WorkerDiedError(function: title, status: child.status)
    }
  }

  private func reply(_ kind: RemoteFrame.Kind, _ bytes: [UInt8]) throws -> Reply {
    switch kind {
    case .value: return .value(bytes)
    case .failure:
      guard let (type, message) = RemoteFrame.splitName(bytes) else { throw StreamClosedError() }
      return .failure(type: type, message: String(decoding: message, as: UTF8.self))
    case .call: throw StreamClosedError()
    }
  }

  /// Lets a worker that is idle end by itself.
  func retire() { stream.abort() }

  /// Ends a worker that may be at work, and waits for that, whatever happens to the caller.
  func end() async {
    stream.abort()
    try? child.send(SignalNumbers.kill, toGroup: true)
    _ = try? await withCancellationShield(grace: .seconds(60)) { try await self.child.waitForEnd() }
  }

  func waitForEnd() async throws { try await child.waitForEnd() }
}
