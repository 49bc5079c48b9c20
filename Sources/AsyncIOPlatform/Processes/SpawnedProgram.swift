// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CAsyncIO
internal import Glibc

/// Finds a program as execvp(3) does, but in the child's PATH and from the child's directory.
package enum SpawnedProgram {
  /// What execvp(3) looks through when there is no PATH.
  private static let usualPath = "/bin:/usr/bin"

  package static func find(_ request: SpawnRequest) throws -> CString {
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
