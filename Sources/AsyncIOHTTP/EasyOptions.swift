// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCurl
internal import Glibc
internal import HTTPTypes

/// Writes a request into a libcurl handle.
struct EasyOptions {
  private let easy: UnsafeMutableRawPointer
  private let url: String

  init(_ easy: UnsafeMutableRawPointer, url: String) {
    self.easy = easy
    self.url = url
  }

  /// Sets all options; returns the list of header lines, which must live as long as the transfer.
  func apply(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration
  ) throws -> UnsafeMutablePointer<curl_slist>? {
    try setString(CURLOPT_URL, url)
    try setString(CURLOPT_PROTOCOLS_STR, "http,https")
    try setString(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    // No signals: libcurl must not touch SIGPIPE or SIGALRM of the process.
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_FOLLOWLOCATION, configuration.maxRedirects > 0 ? 1 : 0)
    set(CURLOPT_MAXREDIRS, configuration.maxRedirects)
    try setString(CURLOPT_ACCEPT_ENCODING, "")
    try setString(CURLOPT_USERAGENT, configuration.userAgent)
    setTimes(request, configuration)
    try setTLS(configuration)
    try setMethod(request)
    return try headerList(request.headers)
  }

  private func setTimes(_ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration) {
    if let timeout = request.timeout ?? configuration.timeout {
      set(CURLOPT_TIMEOUT_MS, timeout.curlMilliseconds)
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.curlMilliseconds)
    let version =
      switch configuration.version {
      case .automatic: CURL_HTTP_VERSION_2TLS
      case .http1: CURL_HTTP_VERSION_1_1
      case .http2: CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
      }
    set(CURLOPT_HTTP_VERSION, Int(version))
    // Wait for a connection that may turn out to be shared, rather than open another. Not where
    // HTTP/2 cannot come: libcurl would send one request after another.
    let mayShare = configuration.version == .automatic && url.lowercased().hasPrefix("https:")
    if mayShare || configuration.version == .http2 { set(CURLOPT_PIPEWAIT, 1) }
  }

  private func setTLS(_ configuration: HTTPClient.Configuration) throws {
    set(CURLOPT_SSL_VERIFYPEER, configuration.verifiesCertificates ? 1 : 0)
    set(CURLOPT_SSL_VERIFYHOST, configuration.verifiesCertificates ? 2 : 0)
    // As OpenSSL, and so AsyncIOTLS, reads the environment; libcurl does not.
    if let file = configuration.trustedCertificates {
      return try setString(CURLOPT_CAINFO, file)
    }
    if let file = Environment.value(of: "SSL_CERT_FILE") { try setString(CURLOPT_CAINFO, file) }
    if let directory = Environment.value(of: "SSL_CERT_DIR") {
      try setString(CURLOPT_CAPATH, directory)
    }
  }

  private func setMethod(_ request: HTTPClient.Request) throws {
    switch request.method {
    case .get where request.body == nil: set(CURLOPT_HTTPGET, 1)
    case .head: set(CURLOPT_NOBODY, 1)
    case .post: set(CURLOPT_POST, 1)
    default: try setString(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    guard let body = request.body ?? (request.method == .post ? [] : nil) else { return }
    ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
    let status = body.withUnsafeBytes { bytes in
      // libcurl copies exactly this many bytes; it wants a pointer even for none.
      withUnsafePointer(to: UInt8(0)) { empty in
        ccurl_set_pointer(
          easy, CURLOPT_COPYPOSTFIELDS,
          UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(empty)))
      }
    }
    guard status == CURLE_OK else { throw HTTPError(status, url: url, detail: "") }
  }

  private func headerList(_ fields: HTTPFields) throws -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    // No "Expect: 100-continue", which only costs a round trip; what the caller sets wins.
    var lines = fields[.expect] == nil ? ["Expect:"] : []
    // "Name;" is libcurl's way to send a header without a value.
    lines += fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for line in lines {
      guard let longer = curl_slist_append(list, line) else {
        curl_slist_free_all(list)
        throw HTTPError(.other, url: url, message: "out of memory")
      }
      list = longer
    }
    ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
    return list
  }

  private func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(easy, option, value) }

  private func setString(_ option: CURLoption, _ value: String) throws {
    guard !value.utf8.contains(0) else {
      throw HTTPError(
        .malformedRequest, url: url, message: "\(value.debugDescription) contains a NUL byte")
    }
    let status = ccurl_set_string(easy, option, value)
    guard status == CURLE_OK else { throw HTTPError(status, url: url, detail: "") }
  }
}

/// The variables of the process.
private enum Environment {
  /// Nil for one that is empty, too, and in a program with more rights than its caller.
  static func value(of name: String) -> String? {
    guard let value = ccurl_environment(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

extension Duration {
  /// Whole milliseconds, at least one: to libcurl zero means no limit.
  fileprivate var curlMilliseconds: Int {
    let (seconds, attoseconds) = components
    let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    return Int(min(max(1, milliseconds.rounded(.up)), 2e9))
  }
}
