// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO

/// A file that appears under its name when it is complete.
enum PartialFile {
  /// Has `body` write a file, and gives it its name; nothing is left of it when that fails.
  ///
  /// - Throws: What `body` throws; `IOError` with the path.
  static func write<Result>(
    to path: String, isolation: isolated (any Actor)? = #isolation,
    _ body: (FileStream) async throws -> Result
  ) async throws -> Result {
    // Two of the same name do not write into one.
    let partial = "\(path).\(String(UInt32.random(in: 0 ... .max), radix: 36)).part"
    let file = try await Files.create(partial)
    do {
      let result = try await body(file)
      await file.close()
      try Task.checkCancellation()
      // Atomic, and over an older file of the same name, rename(2).
      try await Files.rename(partial, to: path)
      return result
    } catch {
      file.abort()
      try? await withCancellationShield(grace: .seconds(5)) { try await Files.remove(partial) }
      throw error
    }
  }
}
