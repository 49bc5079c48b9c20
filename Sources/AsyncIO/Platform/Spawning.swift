// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc
internal import SystemPackage

/// The system calls of child processes.
enum Spawning {
  /// Starts a process; blocks until it runs its program.
  static func spawn(
    _ configuration: Subprocess.Configuration, _ descriptors: [Int32], extra: Int32 = -1
  ) throws(SystemError) -> (process: Int32, pidfd: Int32) {
    asyncio_keep_child_statuses()
    let program = configuration.executable.program
    let arguments = CStrings([program] + configuration.arguments)
    let variables = CStrings(environment(configuration.environment))
    let directory = configuration.workingDirectory.map { CStrings([$0.string]) }
    var process: Int32 = 0
    let status = program.withCString { program in
      var child = asyncio_spawn(
        program: program, arguments: arguments.pointer, environment: variables.pointer,
        directory: directory?.pointer[0].map { UnsafePointer($0) },
        descriptors: (descriptors[0], descriptors[1], descriptors[2], extra), leads_group: true)
      return asyncio_start_process(&child, &process)
    }
    guard status == 0 else { throw SystemError(call: "posix_spawn", errno: status) }
    let pidfd = asyncio_pidfd_open(process)
    guard pidfd >= 0 else {
      let error = SystemError(call: "pidfd_open", errno: errno)
      // Nobody could be told of its end: it must not be left behind.
      _ = kill(-process, SIGKILL)
      _ = waitpid(process, nil, 0)
      throw error
    }
    return (process, pidfd)
  }

  private static func environment(_ environment: Subprocess.Environment) -> [String] {
    var variables: [String: String] = [:]
    if environment.inheritsOwn {
      var next = environ
      while let entry = next.pointee {
        let parts = String(cString: entry).split(
          separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        next += 1
      }
    }
    for (name, value) in environment.changes { variables[name] = value }
    return variables.map { "\($0.key)=\($0.value)" }
  }

  /// How a process has ended; nil when it has not, `unknown` when somebody else has asked.
  static func status(_ pidfd: Int32, reap: Bool) -> Subprocess.TerminationStatus? {
    var (status, isSignal): (Int32, Bool) = (0, false)
    guard asyncio_pidfd_status(pidfd, reap, &status, &isSignal) == 0 else {
      return errno == EAGAIN ? nil : .unknown
    }
    return isSignal ? .signaled(status) : .exited(status)
  }

  static func send(
    _ signal: Int32, to process: Int32, _ pidfd: Int32, group: Bool
  ) throws(SystemError) {
    if group {
      _ = try Syscalls.check("kill", kill(-process, signal))
    } else {
      _ = try Syscalls.check("pidfd_send_signal", asyncio_pidfd_signal(pidfd, signal))
    }
  }
}

/// Strings for C, with a null pointer at the end.
private final class CStrings {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointer = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { pointer[index] = strdup(string) }
    pointer[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointer[index]) }
    pointer.deallocate()
  }
}
