// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

struct NotFound: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path) was not found" }
}

func fetch(_ path: String) async throws -> String {
  try await sleep(for: .milliseconds(50))
  if path == "/missing" { throw NotFound(path: path) }
  return "data of \(path)"
}

@main struct ErrorHandling: LoopProgram {
  static func run() async throws {
    // Every outcome is kept: no failure stops the others.
    let results = await gatherResults(["/a", "/missing", "/b"]) { try await fetch($0) }
    for result in results {
      switch result {
      case .success(let data): print(data)
      case .failure(let error): print("error:", error)
      }
    }

    // A scope: the first failure cancels the rest, and all errors are thrown together.
    do {
      try await withTaskScope { scope in
        scope.spawn(name: "a") { try await fetch("/missing") }
        scope.spawn(name: "b") { try await sleep(for: .seconds(3600)) }
      }
    } catch let group as ErrorGroup {
      print(group)
      print("first:", group.first(of: NotFound.self)?.path ?? "none")
    }
  }
}
