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
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
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
    .executableTarget(
      name: "OtherExecutor",
      dependencies: [
        .product(name: "AsyncIO", package: "swift-asyncio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    // The same sources as in the package itself, which offers them to nobody.
    .target(
      name: "TestSupport", path: "TestSupport",
      exclude: [
        "servers.py", "faults.py", "h2bad.py", "peers.py", "slowdns.c", "websocketpeers.py",
        "h2flood.py",
      ]),
    .testTarget(
      name: "EcosystemTests",
      dependencies: ["Mistakes", "OtherExecutor", "SharedSignals", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
