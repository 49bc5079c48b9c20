// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc
internal import SystemPackage

/// The system calls of child processes.
package enum Spawning {
  /// A child that has been started.
  package struct Child: Sendable {
    package let process: Int32
    package let pidfd: Int32
    package let leadsGroup: Bool
  }

  /// Starts a process; blocks until it runs its program.
  package static func spawn(
    _ request: SpawnRequest, _ descriptors: [Int32], extra: Int32 = -1
  ) throws -> Child {
    asyncio_keep_child_statuses()
    try checkDirectory(request)
    let program = try SpawnedProgram.find(request)
    var process: Int32 = 0
    var child = asyncio_spawn(
      program: program.pointer, arguments: request.arguments.pointer,
      environment: request.variables.pointer, directory: request.directory?.pointer,
      descriptors: (descriptors[0], descriptors[1], descriptors[2], extra),
      leads_group: request.leadsGroup, ends_with_parent: request.endsWithParent)
    let status = asyncio_start_process(&child, &process)
    withExtendedLifetime((program, request)) {}
    guard status == 0 else { throw SystemError(call: "posix_spawn", errno: status) }
    let pidfd = asyncio_pidfd_open(process)
    guard pidfd >= 0 else {
      let error = SystemError(call: "pidfd_open", errno: errno)
      // No code could be told of its end: it must not be left behind.
      _ = kill(request.leadsGroup ? -process : process, SIGKILL)
      _ = waitpid(process, nil, 0)
      throw error
    }
    return Child(process: process, pidfd: pidfd, leadsGroup: request.leadsGroup)
  }

  /// posix_spawn(3) gives the same error for a directory that is missing as for a program that is.
  private static func checkDirectory(_ request: SpawnRequest) throws {
    guard let directory = request.directory else { return }
    let descriptor = open(directory.pointer, Int32(ASYNCIO_O_PATH) | O_DIRECTORY | O_CLOEXEC)
    var failure = descriptor < 0 ? errno : 0
    if descriptor >= 0 {
      close(descriptor)
      if faccessat(AT_FDCWD, directory.pointer, X_OK, AT_EACCESS) != 0 { failure = errno }
    }
    guard failure != 0 else { return }
    throw IOError(
      "run \(request.subject) in", String(decoding: directory.bytes, as: UTF8.self),
      SystemError(call: "chdir", errno: failure))
  }

  /// How a process has ended.
  package enum Ending: Sendable {
    case exited(Int32)
    case signaled(Int32)
    /// Other code has asked for the status before.
    case unknown
  }

  /// How a process has ended; nil when it has not.
  package static func ending(_ pidfd: Int32, reap: Bool) -> Ending? {
    var (status, isSignal): (Int32, Bool) = (0, false)
    guard asyncio_pidfd_status(pidfd, reap, &status, &isSignal) == 0 else {
      return errno == EAGAIN ? nil : .unknown
    }
    return isSignal ? .signaled(status) : .exited(status)
  }

  package static func send(
    _ signal: Int32, to child: Child, group: Bool
  ) throws(SystemError) {
    // The group of a child that leads none is the caller's own.
    if group, child.leadsGroup {
      let isSent = kill(-child.process, signal) == 0
      // It may have left its group, and must not be missed at the end.
      if isSent, signal != SIGKILL { return }
      if asyncio_pidfd_signal(child.pidfd, signal) != 0, !isSent {
        throw SystemError(call: "kill", errno: errno)
      }
    } else {
      _ = try Syscalls.check("pidfd_send_signal", asyncio_pidfd_signal(child.pidfd, signal))
    }
  }

  /// Whether a descriptor is a terminal, isatty(3).
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
