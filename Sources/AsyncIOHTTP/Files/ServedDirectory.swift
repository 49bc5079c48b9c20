// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform

/// The directory below which files are served; opened anew now and then, so that another directory may take its name.
final class ServedDirectory: Sendable {
  let path: String
  private let state = Guarded<(directory: OpenedFile, until: LoopClock.Instant)?>(nil)

  private static let lifetime = Duration.seconds(1)

  init(_ path: String) { self.path = path }

  func opened() async throws -> OpenedFile {
    let now = LoopClock.Instant.now
    if let known = state.withLock({ $0 }), known.until > now { return known.directory }
    let directory = try await Files.openDirectory(path)
    state.withLock { $0 = (directory, now.advanced(by: Self.lifetime)) }
    return directory
  }
}
