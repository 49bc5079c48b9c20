// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Something of which a loop has one, such as its pool of threads or its resolver.
///
/// It is made when it is first asked for, and closed with the loop.
package protocol LoopService: AnyObject, Sendable {
  /// Makes the service of a loop, which must not be retained: the loop keeps the service.
  init(of loop: EventLoop)

  /// The loop has ended.
  func close()

  /// What of the service keeps a run from ending, in words, for the log; nil if nothing does.
  var unfinishedWork: String? { get }
}

extension LoopService {
  package var unfinishedWork: String? { nil }
}

extension EventLoop {
  /// The loop's service of a type; made now, if this is the first time that it is asked for.
  ///
  /// From any thread. Complexity: O(*n*) in the number of services, of which there are a few.
  package func service<Service: LoopService>(_ type: Service.Type = Service.self) -> Service {
    let (service, isNew) = services.withLock { services in
      // Not `as?`, which takes some hundred instructions for each: every blocking call comes here.
      for service in services where Swift.type(of: service) == Service.self {
        return (unsafeDowncast(service, to: Service.self), false)
      }
      let new = Service(of: self)
      services.append(new)
      return (new, true)
    }
    // A service that is made too late is of use, but keeps nothing open. Outside the lock: a service may have one of its own.
    if isNew, isEnded { service.close() }
    return service
  }

  /// The loop has ended, and with it what it had one of.
  func closeServices() {
    // They stay: a late call shares the limits of those that are still under way.
    for service in services.withLock({ $0 }) { service.close() }
  }

  /// What keeps a run from ending besides its tasks, in words, a line each.
  package var unfinishedWork: [String] {
    services.withLock { $0 }.compactMap(\.unfinishedWork)
  }
}
