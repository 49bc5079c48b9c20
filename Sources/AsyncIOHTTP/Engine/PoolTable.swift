// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// The pools of a client: one for each loop that has used it, as long as that loop runs.
final class PoolTable: Sendable {
  private let pools = Guarded<[ConnectionPool]>([])

  func pool(of loop: EventLoop, _ configuration: HTTPClient.Configuration) -> ConnectionPool {
    let (pool, ended) = pools.withLock { pools in
      let ended = pools.filter { $0.loop.isEnded }
      if !ended.isEmpty { pools.removeAll { $0.loop.isEnded } }
      if let pool = pools.first(where: { $0.loop === loop }) { return (pool, ended) }
      let pool = ConnectionPool(loop, configuration)
      pools.append(pool)
      return (pool, ended)
    }
    for pool in ended { pool.close() }
    return pool
  }

  func closeAll() { for pool in pools.withLock({ $0 }) { pool.close() } }
}
