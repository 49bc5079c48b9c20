// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

extension SystemError {
  package static let nameTooLong = ENAMETOOLONG
  package static let protocolNotSupported = EPROTONOSUPPORT
  package static let tryAgain = EAGAIN
  package static let noBufferSpace = ENOBUFS
  package static let interrupted = EINTR
  package static let connectionRefused = ECONNREFUSED
  package static let brokenPipe = EPIPE
  package static let noSuchProcess = ESRCH
  package static let noSuchFile = ENOENT
  /// Of a FIFO that was opened to be written, open(2).
  package static let noReader = ENXIO
  package static let isDirectory = EISDIR
  package static let notSeekable = ESPIPE
  package static let invalidArgument = EINVAL

  package static func isInterruption(_ number: Int) -> Bool { number == Int(EINTR) }

  /// What accept(2) says of a single connection, which is gone: pending errors of the network, too.
  package static let oneConnectionCodes: Set<Int32> = [
    ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
    ENETUNREACH, EPERM,
  ]

  /// What a peer that has gone leaves behind.
  package static let peerGoneCodes: Set<Int32> = [ECONNRESET, EPIPE, ETIMEDOUT]

  /// What open(2) and openat2(2) say of a path at which there is nothing, or nothing that may be opened from there.
  package static let noSuchFileCodes: Set<Int32> = [
    ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG, ENXIO,
  ]
  package static let notPermittedCodes: Set<Int32> = [EACCES, EPERM, EROFS]
  package static let fullCodes: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]

  /// What a call says of descriptors that it cannot be made with.
  package static let missingSupportCodes: Set<Int32> = [EINVAL, ENOSYS, EOPNOTSUPP]

  /// What some kernels say of a failed attempt to connect instead of the reason.
  package static let unclearAttemptCodes: Set<Int32> = [ECONNRESET, ECONNABORTED, EINPROGRESS]

  /// Want of descriptors or memory.
  package static let exhaustionCodes: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

  /// A family of addresses that this machine does not have.
  package static let missingFamilyCodes: Set<Int32> = [
    EAFNOSUPPORT, EADDRNOTAVAIL, EPROTONOSUPPORT,
  ]
}
