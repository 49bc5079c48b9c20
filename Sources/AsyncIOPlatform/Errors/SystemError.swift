// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

/// A system call that failed: which one, and why.
public struct SystemError: Error, Hashable, CustomStringConvertible {
  /// The name of the call, as in its manual page.
  public let call: String
  /// The error number, see errno(3).
  public let errno: Int32

  /// Makes an error for `call`, which failed with `errno`.
  public init(call: String, errno: Int32) {
    self.call = call
    self.errno = errno
  }

  /// The call, the system's text for the error and its number.
  public var description: String {
    "\(call): \(String(cString: strerror(errno))) (errno \(errno))"
  }
}
