// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import Glibc
internal import HTTPTypes

extension Middleware {
  /// Logs each request, when its response was sent or could not be, with the level of information.
  ///
  /// Of the target only the path: a query may have what is nobody's business.
  public static let accessLog = accessLog { entry in
    let path = Target.path(of: entry.target)
    let status = entry.outcome.status.map { String($0.code) } ?? "no response"
    Log.info(
      "\(entry.method.rawValue) \(path) \(status)",
      [
        "peer": entry.peer, "bytes": String(entry.outcome.bytesSent), "version": entry.version,
        "duration": "\(entry.outcome.duration)", "id": entry.id ?? "-",
      ])
  }

  /// Hands what an access log says of each request to `write`, when its response was sent or could not be.
  ///
  /// ```swift
  /// app.use(.accessLog { entry in lines.append(entry.common) })
  /// ```
  ///
  /// - Parameter write: Is called on the loop of the connection, and must not block.
  public static func accessLog(
    _ write: @escaping @Sendable (AccessLogEntry) -> Void
  ) -> Middleware {
    Middleware { request, next in
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let time = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
      request.onEnd { [unowned request] outcome in
        write(
          AccessLogEntry(
            time: time, peer: request.peer, method: request.method, target: request.target,
            version: request.version, id: request.id, referer: request.header(.referer),
            userAgent: request.header(.userAgent), outcome: outcome))
      }
      return try await next(request)
    }
  }
}
