// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import AsyncIOTLS
internal import HTTP2Core
internal import HTTPCodings
internal import HTTPCore

extension HTTPError {
  /// The error for what has failed below; cancellation, errors of this kind, and those of a body that the caller makes stay what
  /// they are.
  static func from(_ error: any Error, url: String, attempt: Int) -> any Error {
    switch error {
    case is CancellationError, is HTTPError: return error
    default:
      let new = HTTPError(error, url: url, attempt: attempt)
      return new.code == .other ? error : new
    }
  }

  init(_ cause: any Error, url: String, attempt: Int) {
    self.init(
      Self.code(of: cause), url: url, message: "\(cause)",
      phase: (cause as? PhaseTimeout)?.phase, attempt: attempt)
  }

  private static func code(of cause: any Error) -> Code {
    switch cause {
    case is ResolveError: .resolution
    case let error as ConnectError:
      error.errno.map(exhausted.contains) == true ? .tooManyOpenFiles : .refused
    case is PhaseTimeout: .timedOut
    case is ProxyError: .proxy
    case let error as TLSError where error.code == .truncated: .connection
    case is TLSError, is TrustError: .tls
    case let error as WireError: error.reason == .truncated ? .connection : .invalidResponse
    case let error as IOError: exhausted.contains(error.errno) ? .tooManyOpenFiles : .connection
    case is HeadEncodingError, is BodyLengthError: .malformedRequest
    case let error as StreamResetError where error.code == .refusedStream: .notProcessed
    case HTTP2Error.noNewStreams: .notProcessed
    case is ContentCodingError, is HTTP2Error, is StreamResetError: .invalidResponse
    case is IncompleteReadError, is IncompleteWriteError, is ConnectionClosedError,
      is StreamClosedError:
      .connection
    default: .other
    }
  }

  /// EMFILE and ENFILE: no descriptor is left.
  private static let exhausted: Set<Int32> = [23, 24]
}
