// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

let package = Package(
  name: "fetch-ahc",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.20.0")
  ],
  targets: [
    .executableTarget(
      name: "fetch-ahc",
      dependencies: [.product(name: "AsyncHTTPClient", package: "async-http-client")])
  ]
)
