// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

let dequeModule: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heapModule: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

extension Target {
  static func example(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: ["AsyncIO"], path: "Examples/\(name)")
  }

  static func httpExample(_ name: String) -> Target {
    .executableTarget(
      name: name, dependencies: ["AsyncIO", "AsyncIOHTTP", httpTypes], path: "Examples/\(name)")
  }
}

let package = Package(
  name: "swift-asyncio",
  products: [
    .library(name: "AsyncIO", targets: ["AsyncIO"]),
    .library(name: "AsyncIOHTTP", targets: ["AsyncIOHTTP"]),
    .library(name: "AsyncIOTLS", targets: ["AsyncIOTLS"]),
    .executable(name: "asyncio", targets: ["asyncio"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // C: the shims that Swift cannot express.
    .target(name: "CAsyncIO"),
    .target(
      name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),

    // Content codings by zlib, brotli and zstd.
    .target(
      name: "CCodings",
      linkerSettings: [
        .linkedLibrary("z"), .linkedLibrary("brotlidec"), .linkedLibrary("brotlienc"),
        .linkedLibrary("zstd"),
      ]),

    // HTTP/2 by libnghttp2.
    .target(name: "CHTTP2", linkerSettings: [.linkedLibrary("nghttp2")]),

    // Names of hosts beyond ASCII by libidn2, public suffixes by libpsl.
    .target(name: "CNames", linkerSettings: [.linkedLibrary("idn2"), .linkedLibrary("psl")]),

    // The libraries.
    .target(name: "StandardTask"),
    .target(name: "AsyncIOPlatform", dependencies: ["CAsyncIO", dequeModule, systemPackage]),
    .target(
      name: "AsyncIOCore",
      dependencies: [
        "AsyncIOPlatform", "CAsyncIO", "StandardTask", dequeModule, heapModule, logging,
      ]),
    .target(
      name: "AsyncIO", dependencies: ["AsyncIOCore", "CAsyncIO", systemPackage]),
    // HTTP as a function of bytes: no sockets, no loop, no clock.
    .target(name: "HTTPCore", dependencies: [httpTypes]),
    .target(name: "HTTP2Core", dependencies: ["CHTTP2", "HTTPCore", httpTypes]),
    .target(name: "HTTPCodings", dependencies: ["CCodings"]),
    .target(
      name: "AsyncIOHTTP",
      dependencies: [
        "AsyncIO", "AsyncIOCore", "AsyncIOPlatform", "AsyncIOTLS", "HTTPCore", "HTTP2Core",
        "HTTPCodings",
        "CNames",
        httpTypes,
      ]),
    .target(
      name: "AsyncIOTLS", dependencies: ["AsyncIO", "AsyncIOCore", "AsyncIOPlatform", "COpenSSL"]),

    // The command-line tool.
    .executableTarget(
      name: "asyncio",
      dependencies: ["AsyncIO", "AsyncIOHTTP", "AsyncIOTLS", argumentParser, logging, httpTypes]),

    // Examples: one program for each section of the guide, run by the tests.
    .example("Basics"), .example("ConcurrentExecution"), .example("ErrorHandling"),
    .example("SemaphoreLimit"), .example("ProducerConsumer"), .example("Timeouts"),
    .example("BlockingCode"), .example("QuestionsAndAnswers"), .example("ChatServer"),
    .example("PortScanner"), .example("Proxy"), .example("TCPPing"), .example("TailToMany"),
    .httpExample("JobService"), .httpExample("WebChat"), .httpExample("HTTPProxy"),

    // Programs that the tests run as processes: what a loop does once it has taken over.
    .executableTarget(
      name: "Scenarios", dependencies: ["AsyncIO", "CWorkloads", logging],
      path: "Tests/Scenarios"),
    // Random operations for the stress tests and the soak.
    .target(name: "CWorkloads", path: "Tests/Stress/CWorkloads"),
    .target(
      name: "Workloads", dependencies: ["AsyncIO", "CWorkloads"], path: "Tests/Stress/Workloads"),
    .executableTarget(
      name: "soak", dependencies: ["AsyncIO", "Workloads", argumentParser],
      path: "Tests/Stress/Soak"),
    .testTarget(
      name: "StressTests", dependencies: ["AsyncIO", "Workloads"], path: "Tests/Stress/Tests"),
    .target(
      name: "TestSupport", path: "Tests/TestSupport",
      exclude: [
        "servers.py", "faults.py", "h2bad.py", "peers.py", "slowdns.c", "websocketpeers.py",
        "h2flood.py",
      ]),
    .testTarget(
      name: "AsyncIOTests",
      dependencies: ["AsyncIO", "AsyncIOCore", "Scenarios", "TestSupport", logging],
      exclude: ["Programs/terminal.py"]),
    .testTarget(
      name: "HTTPCoreTests", dependencies: ["HTTPCore", "TestSupport", httpTypes],
      exclude: ["readers.py"]),
    .testTarget(name: "HTTP2CoreTests", dependencies: ["HTTP2Core", httpTypes]),
    .testTarget(name: "HTTPCodingsTests", dependencies: ["HTTPCodings", "CCodings"]),
    .testTarget(
      name: "AsyncIOHTTPTests",
      dependencies: ["AsyncIO", "AsyncIOHTTP", "HTTPCore", "TestSupport", httpTypes]),
    .testTarget(
      name: "AsyncIOTLSTests", dependencies: ["AsyncIO", "AsyncIOTLS", "TestSupport"]),
    .testTarget(
      name: "ToolTests",
      dependencies: ["asyncio", "AsyncIO", "AsyncIOHTTP", "TestSupport", httpTypes]),
    .testTarget(
      name: "ExampleTests",
      dependencies: [
        "Basics", "ConcurrentExecution", "ErrorHandling", "SemaphoreLimit", "ProducerConsumer",
        "Timeouts", "BlockingCode", "QuestionsAndAnswers", "ChatServer", "PortScanner", "Proxy",
        "TCPPing", "TailToMany", "JobService", "WebChat", "HTTPProxy", "AsyncIO", "AsyncIOHTTP",
        "TestSupport",
        httpTypes,
      ]),
  ]
)

// The same strict settings for every Swift target.
for target in package.targets {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .swiftLanguageMode(.v6),
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
