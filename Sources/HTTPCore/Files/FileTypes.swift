// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The media types of files by the ends of their names.
package enum FileTypes {
  /// The type of a file, with the encoding if it is a text.
  package static func type(of name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return unknown }
    return types[name[name.index(after: dot)...].lowercased()] ?? unknown
  }

  /// Whether it is worth while to compress what is of a type.
  package static func isCompressible(_ type: String) -> Bool {
    let name = type.prefix { $0 != ";" }
    if name == "text/event-stream" { return true }
    return name.hasPrefix("text/") || name.hasSuffix("+json") || name.hasSuffix("+xml")
      || compressible.contains(String(name))
  }

  private static let unknown = "application/octet-stream"

  private static let compressible: Set<String> = [
    "application/json", "application/javascript", "application/xml", "application/wasm",
    "application/x-ndjson", "application/rtf", "image/bmp", "image/x-icon", "font/ttf", "font/otf",
    "application/vnd.ms-fontobject",
  ]

  private static let types: [String: String] = [
    "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8", "txt": "text/plain; charset=utf-8",
    "text": "text/plain; charset=utf-8", "log": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8", "ics": "text/calendar; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8", "swift": "text/plain; charset=utf-8",
    "py": "text/plain; charset=utf-8", "sh": "text/plain; charset=utf-8",
    "c": "text/plain; charset=utf-8", "h": "text/plain; charset=utf-8",
    "yaml": "text/plain; charset=utf-8", "yml": "text/plain; charset=utf-8",
    "toml": "text/plain; charset=utf-8", "ini": "text/plain; charset=utf-8",
    "json": "application/json", "map": "application/json", "geojson": "application/geo+json",
    "jsonld": "application/ld+json", "ndjson": "application/x-ndjson",
    "webmanifest": "application/manifest+json", "xml": "application/xml",
    "xhtml": "application/xhtml+xml", "rss": "application/rss+xml", "atom": "application/atom+xml",
    "pdf": "application/pdf", "wasm": "application/wasm", "rtf": "application/rtf",
    "epub": "application/epub+zip", "zip": "application/zip", "gz": "application/gzip",
    "tgz": "application/gzip", "tar": "application/x-tar", "bz2": "application/x-bzip2",
    "xz": "application/x-xz", "zst": "application/zstd", "7z": "application/x-7z-compressed",
    "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "deb": "application/vnd.debian.binary-package",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml", "ico": "image/x-icon",
    "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
    "wav": "audio/wav", "flac": "audio/flac", "m4a": "audio/mp4", "aac": "audio/aac",
    "weba": "audio/webm", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "mov": "video/quicktime", "mkv": "video/x-matroska",
    "avi": "video/x-msvideo", "mpeg": "video/mpeg", "ts": "video/mp2t", "woff": "font/woff",
    "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf",
    "eot": "application/vnd.ms-fontobject",
  ]
}
