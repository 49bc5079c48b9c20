// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

let package = Package(
  name: "serve-hummingbird",
  platforms: [.macOS(.v14)],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.0.0")
  ],
  targets: [
    .executableTarget(
      name: "serve-hummingbird",
      dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
  ]
)
