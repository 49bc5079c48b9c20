// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

// A client of the library: its call sites are the interface that programs rely on.
let package = Package(
  name: "Client",
  dependencies: [.package(name: "swift-asyncio", path: "../../..")],
  targets: [
    .executableTarget(
      name: "Client", dependencies: [.product(name: "AsyncIO", package: "swift-asyncio")]
    )
  ],
  swiftLanguageModes: [.v6]
)
