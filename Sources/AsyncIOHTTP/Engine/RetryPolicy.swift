// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import HTTPTypes

/// Whether a request is sent again: RFC 9110 section 9.2.2 and RFC 9113 section 8.7.
struct RetryPolicy {
  private let most: Int
  private var failures = 0
  private var statuses: Set<Int> = []

  init(most: Int) { self.most = most }

  /// After a connection has failed.
  mutating func allowsRetry(
    of request: Outgoing, after failure: ExchangeFailure, _ isBodySpent: Bool
  ) -> Bool {
    failures += 1
    guard failures <= most, !isBodySpent else { return false }
    return failure.allowsRetry(of: request)
  }

  /// After an answer that is about the connection, or about the way in which the request was sent; each counts once.
  mutating func allowsRetry(
    of request: inout Outgoing, after status: Int, _ exchange: any Exchange, _ isBodySpent: Bool
  ) -> Bool {
    if isBodySpent { return false }
    switch status {
    // The server was tired of waiting on a kept connection, RFC 9110 section 15.5.9.
    case 408: guard exchange.meter.isReused, request.isIdempotent else { return false }
    // It expects nothing, RFC 9110 section 15.5.18.
    case 417: guard request.expectsContinue else { return false }
    // Another connection may lead to a server that is responsible, RFC 9110 section 15.5.20.
    case 421: break
    default: return false
    }
    guard statuses.insert(status).inserted else { return false }
    if status == 417 { request.expectsContinue = false }
    return true
  }
}
