// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc
internal import SystemPackage

/// The system calls of child processes.
enum Spawning {
  /// A child that has been started.
  struct Child: Sendable {
    let process: Int32
    let pidfd: Int32
    let leadsGroup: Bool
  }

  /// Starts a process; blocks until it runs its program.
  static func spawn(
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
      // Nobody could be told of its end: it must not be left behind.
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

  /// How a process has ended; nil when it has not, `unknown` when somebody else has asked.
  static func status(_ pidfd: Int32, reap: Bool) -> Subprocess.TerminationStatus? {
    var (status, isSignal): (Int32, Bool) = (0, false)
    guard asyncio_pidfd_status(pidfd, reap, &status, &isSignal) == 0 else {
      return errno == EAGAIN ? nil : .unknown
    }
    return isSignal ? .signaled(status) : .exited(status)
  }

  static func send(
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
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}

/// What a child is started with, as the system takes it: what the system could not take whole has been refused.
///
/// Unchecked: nothing changes.
struct SpawnRequest: @unchecked Sendable {
  let subject: String
  let program: CString
  let arguments: CStrings
  let variables: CStrings
  /// The child's PATH, if it has one.
  let searchPath: CString?
  let directory: CString?
  let leadsGroup: Bool
  let endsWithParent: Bool

  init(_ configuration: Subprocess.Configuration) throws {
    subject = configuration.executable.description
    program = try configuration.executable.cString()
    var texts = [program]
    switch configuration.arguments {
    case .texts(let arguments):
      for (index, argument) in arguments.enumerated() {
        texts.append(try CString(argument, as: "argument \(index + 1) of \(subject),"))
      }
    case .own: texts += Self.ownArguments
    }
    arguments = CStrings(texts)
    let environment = try configuration.environment.cStrings(for: subject)
    variables = CStrings(environment)
    searchPath = environment.first { Self.name(of: $0).elementsEqual("PATH".utf8) }
    directory = configuration.workingDirectory.map { CString($0) }
    leadsGroup = configuration.leadsGroup
    endsWithParent = configuration.endsWithParent
  }

  /// The arguments of this process, which need not be UTF-8.
  private static var ownArguments: [CString] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { CString(copying: $0) }
    }
  }

  fileprivate static func name(of variable: CString) -> Slice<UnsafeRawBufferPointer> {
    variable.bytes.prefix { $0 != UInt8(ascii: "=") }
  }
}

extension Subprocess.Environment {
  /// The variables: those of this process as they are, byte for byte, unless they are changed.
  fileprivate func cStrings(for subject: String) throws -> [CString] {
    var variables: [CString] = []
    let changed = Set(changes.keys.map { Array($0.utf8) })
    if inheritsOwn {
      var next = environ
      while let entry = next.pointee {
        let variable = CString(copying: entry)
        if !changed.contains(Array(SpawnRequest.name(of: variable))) { variables.append(variable) }
        next += 1
      }
    }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      guard !name.isEmpty, !name.contains("=") else {
        throw IOError(
          "run", subject + " with the environment variable \(name.debugDescription)",
          SystemError(call: "setenv", errno: EINVAL))
      }
      _ = try CString(name, as: "the environment variable")
      guard let value else { continue }
      _ = try CString(value, as: "the value of the environment variable \(name),")
      variables.append(try CString("\(name)=\(value)", as: "the environment variable"))
    }
    return variables
  }
}

/// Finds a program as execvp(3) does, but in the child's PATH and from the child's directory.
private enum SpawnedProgram {
  /// What execvp(3) looks through when there is no PATH.
  private static let usualPath = "/bin:/usr/bin"

  static func find(_ request: SpawnRequest) throws -> CString {
    let name = request.program.bytes
    // A path is used as it is.
    guard !name.contains(UInt8(ascii: "/")), !name.isEmpty else { return request.program }
    let path = request.searchPath.map { Array($0.bytes.dropFirst("PATH=".utf8.count)) }
    var failure = ENOENT
    for directory in (path ?? Array(usualPath.utf8)).split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    {
      let start = directory.isEmpty ? Array(".".utf8)[...] : directory
      let candidate = CString(path: start + [UInt8(ascii: "/")] + Array(name))
      switch usability(of: candidate, from: request.directory) {
      case 0: return candidate
      case EACCES: failure = EACCES
      default: break
      }
    }
    throw SystemError(call: "posix_spawn", errno: failure)
  }

  /// 0 for a file that may be run, else an error number.
  private static func usability(of candidate: CString, from directory: CString?) -> Int32 {
    var base = AT_FDCWD
    if let directory {
      base = open(directory.pointer, Int32(ASYNCIO_O_PATH) | O_DIRECTORY | O_CLOEXEC)
    }
    defer { if base >= 0 { close(base) } }
    var status = stat()
    guard fstatat(base, candidate.pointer, &status, 0) == 0 else { return errno }
    guard status.st_mode & S_IFMT == S_IFREG else { return EACCES }
    return faccessat(base, candidate.pointer, X_OK, AT_EACCESS) == 0 ? 0 : errno
  }
}
