// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

@_spi(AsyncIO) internal import AsyncIOPlatform
internal import Glibc
internal import Synchronization

/// Whether what is sent has to be copied: known to those sends, too, that outlive their socket.
final class Copying: Sendable {
  let isNeeded = Atomic<Bool>(true)
}
