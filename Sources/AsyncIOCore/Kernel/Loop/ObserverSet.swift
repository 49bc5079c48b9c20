// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform

/// The watched descriptors of a loop by their numbers, each retained once.
package struct ObserverSet {
  private(set) var members: [Int32: Unmanaged<DescriptorObserver>] = [:]

  mutating func insert(_ watched: DescriptorObserver) {
    members[watched.descriptor] = .passRetained(watched)
  }

  mutating func remove(_ watched: DescriptorObserver) -> Unmanaged<DescriptorObserver>? {
    guard members[watched.descriptor]?.toOpaque() == Unmanaged.passUnretained(watched).toOpaque()
    else { return nil }
    return members.removeValue(forKey: watched.descriptor)
  }

  mutating func removeAll() -> [Unmanaged<DescriptorObserver>] {
    defer { members = [:] }
    return Array(members.values)
  }
}
