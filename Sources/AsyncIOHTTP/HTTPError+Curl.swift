// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import CCurl
internal import Glibc

extension HTTPError {
  /// The error for a code of libcurl (libcurl-errors(3)), with the text it left in its buffer.
  init(_ code: CURLcode, url: String, detail: String) {
    let general = String(cString: curl_easy_strerror(code))
    let message = detail.isEmpty ? general : detail
    self.init(Self.kind(of: code), url: url, message: message)
  }

  /// As above, with what the transfer itself tells.
  init(_ code: CURLcode, url: String, detail: String, easy: UnsafeMutableRawPointer) {
    let plain = HTTPError(code, url: url, detail: detail)
    let systemError = Int32(truncatingIfNeeded: ccurl_get_long(easy, CURLINFO_OS_ERRNO))
    if plain.code == .refused, systemError == EMFILE || systemError == ENFILE {
      let reason = String(cString: strerror(systemError))
      self.init(.tooManyOpenFiles, url: url, message: "cannot connect: \(reason)")
    } else if plain.code == .malformedRequest, ccurl_get_long(easy, CURLINFO_PRIMARY_PORT) != 0 {
      // The request was good enough to be sent: what came back was not.
      self.init(.invalidResponse, url: url, message: plain.message)
    } else {
      self = plain
    }
  }

  private static func kind(of code: CURLcode) -> Code {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .malformedRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolution
    case CURLE_COULDNT_CONNECT: .refused
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
      CURLE_HTTP2_STREAM:
      .connection
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
    case CURLE_FILESIZE_EXCEEDED: .tooLarge
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2: .invalidResponse
    default: tlsCodes.contains(code.rawValue) ? .tls : .other
    }
  }

  private static let tlsCodes: Set<UInt32> = Set(
    [
      CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ENGINE_NOTFOUND,
      CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED,
      CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
    ].map(\.rawValue))
}
