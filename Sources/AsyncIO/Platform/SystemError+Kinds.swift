// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

extension SystemError {
  static let nameTooLong = ENAMETOOLONG
  static let protocolNotSupported = EPROTONOSUPPORT
  static let tryAgain = EAGAIN
  static let noBufferSpace = ENOBUFS
  static let interrupted = EINTR
  static let connectionRefused = ECONNREFUSED
  static let brokenPipe = EPIPE
  static let noSuchProcess = ESRCH
  static let noSuchFile = ENOENT
  /// Of a FIFO that was opened to be written, open(2).
  static let noReader = ENXIO
  static let isDirectory = EISDIR
  static let notSeekable = ESPIPE
  static let invalidArgument = EINVAL

  static func isInterruption(_ number: Int) -> Bool { number == Int(EINTR) }

  /// What accept(2) says of a single connection, which is gone: pending errors of the network, too.
  static let ofOneConnection: Set<Int32> = [
    ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
    ENETUNREACH, EPERM,
  ]

  /// What a peer that has gone leaves behind.
  static let ofGonePeer: Set<Int32> = [ECONNRESET, EPIPE, ETIMEDOUT]

  /// What a call says of descriptors that it cannot be made with.
  static let ofMissingSupport: Set<Int32> = [EINVAL, ENOSYS, EOPNOTSUPP]

  /// What some kernels say of an attempt to connect in place of why it has failed.
  static let ofUnclearAttempt: Set<Int32> = [ECONNRESET, ECONNABORTED, EINPROGRESS]

  /// Want of descriptors or memory.
  static let ofScarcity: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

  /// A family of addresses that this machine does not have.
  static let ofMissingFamily: Set<Int32> = [EAFNOSUPPORT, EADDRNOTAVAIL, EPROTONOSUPPORT]
}
