// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import PackageDescription

let package = Package(
  name: "serve-flyingfox",
  platforms: [.macOS(.v14)],
  dependencies: [.package(url: "https://github.com/swhitty/FlyingFox.git", from: "0.20.0")],
  targets: [
    .executableTarget(
      name: "serve-flyingfox", dependencies: [.product(name: "FlyingFox", package: "FlyingFox")])
  ]
)
