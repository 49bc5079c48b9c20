// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

extension HTTPClient {
  /// Which proxy requests go through.
  ///
  /// Plain `http` is asked of the proxy itself, and `https` goes through a tunnel, so that the proxy sees the name of the host only
  /// (RFC 9110 sections 7.3.2 and 9.3.6). A proxy's own URL may be `http` or `https`, and have a name and password, which only
  /// the proxy is told.
  public struct Proxy: Sendable {
    enum Choice: Sendable {
      case environment, none
      case fixed(String, exceptions: String)
    }

    let choice: Choice

    /// As the environment says: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in lower or upper case, but for `HTTP_PROXY`,
    /// which in a CGI program is a field of the request.
    ///
    /// `no_proxy` lists hosts that are asked directly, separated by commas or spaces: `*` for all; a domain, with its
    /// subdomains; an address or a range of them such as `10.0.0.0/8`; each with a port if only that is meant. `localhost` and the addresses of
    /// this machine are always asked directly. Read once, when the client is made.
    public static let environment = Proxy(choice: .environment)

    /// No proxy.
    public static let none = Proxy(choice: .none)

    /// One proxy for all requests, those to this machine included.
    ///
    /// - Parameter exceptions: What is asked directly, as `no_proxy` lists it.
    public static func url(_ url: String, exceptions: String = "") -> Proxy {
      Proxy(choice: .fixed(url, exceptions: exceptions))
    }
  }
}
