// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOCore
@_spi(AsyncIO) internal import AsyncIOPlatform

/// The kernel reports when a descriptor has become ready, and the calls are made here.
///
/// It is told of the descriptor once, and reports changes only (edge-triggered), so a wait costs no system call.
struct PollSource {
  func begin(_ watched: WatchedDescriptor) throws -> Bool { try watched.loop.watch(watched) }

  func end(_ watched: WatchedDescriptor) { watched.endWatch() }

  @inline(__always)
  func receive(
    _ descriptor: Int32, upTo limit: Int, _ scratch: UnsafeMutableRawBufferPointer?,
    into bytes: inout [UInt8]
  ) -> Int {
    if let scratch { return receive(descriptor, limit, scratch, into: &bytes) }
    return Scratch.with(limit) { receive(descriptor, limit, $0, into: &bytes) }
  }

  @inline(__always)
  private func receive(
    _ descriptor: Int32, _ limit: Int, _ scratch: UnsafeMutableRawBufferPointer,
    into bytes: inout [UInt8]
  ) -> Int {
    let buffer = UnsafeMutableRawBufferPointer(rebasing: scratch[..<limit])
    let count = Sockets.receive(descriptor, buffer)
    if count > 0 { bytes = [UInt8](UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }
}
