// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

// Programs that use the library beside other packages, and the tests that run them.
let package = Package(
  name: "Ecosystem",
  dependencies: [
    .package(name: "swift-asyncio", path: "../.."),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "SharedSignals",
      dependencies: [
        .product(name: "AsyncIO", package: "swift-asyncio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "Mistakes", dependencies: [.product(name: "AsyncIO", package: "swift-asyncio")]),
    // The same sources as in the package itself, which offers them to nobody.
    .target(name: "TestSupport", path: "TestSupport", exclude: ["servers.py"]),
    .testTarget(
      name: "EcosystemTests", dependencies: ["Mistakes", "SharedSignals", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
