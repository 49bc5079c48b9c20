// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc
internal import HTTPCore

/// Which way each request goes.
struct ProxyTable: Sendable {
  private enum Server: Sendable {
    case none
    case usable(ProxyServer)
    case unusable(String)
  }

  private let plain: Server
  private let secure: Server
  private let exceptions: NoProxyList
  private let reachesLoopback: Bool

  init(_ proxy: HTTPClient.Proxy, environment: (String) -> String? = Self.environment) {
    switch proxy.choice {
    case .none: (plain, secure, exceptions) = (.none, .none, NoProxyList(""))
    case .fixed(let url, let list):
      let server = Self.server(url)
      (plain, secure, exceptions) = (server, server, NoProxyList(list))
    case .environment:
      func value(_ name: String) -> String? {
        environment(name) ?? (name == "http_proxy" ? nil : environment(name.uppercased()))
      }
      let all = value("all_proxy")
      plain = Self.server(value("http_proxy") ?? all)
      secure = Self.server(value("https_proxy") ?? all)
      exceptions = NoProxyList(value("no_proxy") ?? "")
    }
    if case .environment = proxy.choice { reachesLoopback = false } else { reachesLoopback = true }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func server(_ text: String?) -> Server {
    guard let text else { return .none }
    do {
      // A host alone is usual in the environment.
      let url = try HostNames.url(text.contains("://") ? text : "http://\(text)")
      let authorization = url.userInfo.map { "Basic \(Base64.encode(Percent.decode($0)))" }
      var address = url
      (address.userInfo, address.target) = (nil, "/")
      return .usable(ProxyServer(url: address, authorization: authorization))
    } catch {
      return .unusable("the proxy \(error.url) cannot be used: \(error.message)")
    }
  }

  /// - Throws: ``ProxyError`` if the proxy is none.
  func route(to url: HTTPURL) throws -> Route {
    let server = url.isSecure ? secure : plain
    if case .none = server { return .direct }
    if !reachesLoopback, NoProxyList.isLoopback(url.host) { return .direct }
    if exceptions.contains(url.host, port: url.port) { return .direct }
    switch server {
    case .none: return .direct
    case .usable(let proxy): return .proxy(proxy)
    case .unusable(let reason): throw ProxyError(reason)
    }
  }
}
