// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The other end: this program, started as a worker.
///
/// Serves calls on descriptor 3, one after the other, on the main thread, without a loop. A thread beside
/// it watches the connection: when the pool has gone, however it went, the process ends, also in the
/// middle of a call.
enum WorkerProcess {
  /// Says that the process is a worker.
  static let variable = "ASYNCIO_WORKER"
  private static let descriptor: Int32 = 3

  static func serveIfWorker() {
    guard Syscalls.environment(variable) == "1" else { return }
    // Its own children are no workers.
    Syscalls.removeEnvironment(variable)
    // Nor do they hold the connection open when the worker has died.
    Syscalls.setCloseOnExec(descriptor)
    do {
      try Thread.start(name: "asyncio-parent") { endWithParent() }
      while let (kind, payload) = try readFrame() {
        guard kind == .call else { break }
        let (kind, reply) = answer(payload)
        Syscalls.flushOutput()
        try Blocking.writeAll(descriptor, RemoteFrame.header(of: kind, count: reply.count))
        try Blocking.writeAll(descriptor, reply)
      }
    } catch {
      Syscalls.writeToStandardError("error: a worker process lost its pool: \(error)\n")
      Syscalls.exitAtOnce(1)
    }
    Syscalls.exitProcess(0)
  }

  private static func endWithParent() {
    Blocking.waitForHangUp(descriptor)
    Syscalls.exitAtOnce(0)
  }

  private static func readFrame() throws -> (RemoteFrame.Kind, [UInt8])? {
    guard let bytes = try Blocking.readAll(descriptor, RemoteFrame.headerSize),
      let header = RemoteFrame.header(bytes),
      let payload = try Blocking.readAll(descriptor, header.count)
    else { return nil }
    return (header.kind, payload)
  }

  private static func answer(_ request: [UInt8]) -> (RemoteFrame.Kind, [UInt8]) {
    do {
      guard let (name, input) = RemoteFrame.splitName(request),
        let function = _typeByName(name) as? any RemoteFunction.Type
      else { throw UnknownFunction() }
      return (.value, try call(function, input))
    } catch {
      return (.failure, RemoteFrame.named("\(type(of: error))", Array("\(error)".utf8)))
    }
  }

  private static func call<Function: RemoteFunction>(
    _ function: Function.Type, _ input: ArraySlice<UInt8>
  ) throws -> [UInt8] {
    try RemoteCoding.encode(Function.call(try RemoteCoding.decode(Function.Input.self, input)))
  }

  private struct UnknownFunction: Error, CustomStringConvertible {
    var description: String { "the worker's program has no such function" }
  }
}
