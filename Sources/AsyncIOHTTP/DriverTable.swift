// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import CCurl
internal import Synchronization

/// The drivers of a client: one for each loop that has used it, as long as that loop runs.
final class DriverTable: Sendable {
  private let drivers = Mutex<[CurlDriver]>([])

  func driver(
    for loop: EventLoop, _ configuration: HTTPClient.Configuration
  ) throws -> CurlDriver {
    let (found, ended) = drivers.withLock { drivers in
      let ended = drivers.filter { $0.loop.isEnded }
      drivers.removeAll { $0.loop.isEnded }
      return (drivers.first { $0.loop === loop }, ended)
    }
    _ = ended
    if let found { return found }
    let new = try CurlDriver(loop, configuration)
    return drivers.withLock { drivers in
      if let other = drivers.first(where: { $0.loop === loop }) { return other }
      drivers.append(new)
      return new
    }
  }

  func closeAll() {
    for driver in drivers.withLock({ $0 }) where !driver.loop.isEnded { driver.close() }
  }
}
