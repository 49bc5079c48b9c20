// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// One line of `asyncio fetch`.
struct FetchLine: Decodable {
  let url: String
  let status: Int?
  let bytes: Int
  let milliseconds: Double
  let attempts: Int
  let error: String?
}

extension Program.Outcome {
  func fetched() throws -> [FetchLine] {
    try lines.map { try JSONDecoder().decode(FetchLine.self, from: Data($0.utf8)) }
  }
}

private func fetch(
  _ arguments: [String], input: String? = nil, output: FileHandle? = nil
) throws -> Program.Outcome {
  try Program.run("asyncio", ["fetch"] + arguments, input: input, output: output)
}

private func temporaryPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)").path
}

@Suite struct FetchTests {
  private let servers = Servers.shared

  @Test func `Each URL gets a line with what came of it, and the summary counts them`() throws {
    let urls = [servers.nginx("/hello.txt"), servers.nginx("/nothing"), servers.nobody]
    let outcome = try fetch(urls)
    let lines = try outcome.fetched()
    #expect(outcome.status == 1)
    #expect(Set(lines.map(\.url)) == Set(urls))
    let good = try #require(lines.first { $0.url == urls[0] })
    #expect(good.status == 200 && good.bytes == 6 && good.attempts == 1 && good.error == nil)
    #expect(lines.first { $0.url == urls[1] }?.error == "HTTP 404")
    #expect(lines.first { $0.url == urls[2] }?.status == nil)
    #expect(outcome.errors.contains("1 succeeded, 2 failed, "), "\(outcome)")
    #expect(outcome.errors.contains("1 x HTTP 404") && outcome.errors.contains("1 x refused"))
    #expect(outcome.errors.contains("p95") && outcome.errors.contains("one after another"))
    #expect(!outcome.errors.contains("\r"), "no progress line into a pipe")
  }

  @Test func `All good is status 0`() throws {
    #expect(try fetch([servers.nginx("/hello.txt")]).status == 0)
  }

  @Test func `Every line has every key`() throws {
    let line = try fetch([servers.nginx("/hello.txt")]).output
    for key in [
      "url", "status", "bytes", "milliseconds", "attempts", "error", "final_url", "version",
      "resolve_ms", "connect_ms", "tls_ms", "first_byte_ms", "wire_bytes",
    ] {
      #expect(line.contains("\"\(key)\""), "\(line)")
    }
    #expect(line.contains("\"error\":null"))
  }

  @Test func `URLs come from a file, from standard input, and from both`() throws {
    let path = temporaryPath("urls.txt")
    let text = "# comment\n\n\(servers.nginx("/hello.txt"))\r\n  \(servers.nginx("/gzip.txt"))"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try fetch(["--input", path]).fetched().count == 2)
    #expect(try fetch(["--input", "-"], input: text).fetched().count == 2)
    #expect(try fetch([servers.nginx("/echo"), "--input", path]).fetched().count == 3)
  }

  @Test func `No more than so many at once: eight waits by two take four rounds`() throws {
    let urls = (0..<8).map { servers.misbehaving("/wait?0.2\($0)") }
    let outcome = try fetch(urls + ["--concurrency", "2"])
    #expect(outcome.status == 0)
    // By two, the last begins when the sixth has ended: at least 0.6 s of waiting lie before it.
    let summary = try #require(outcome.errors.split(separator: "\n").last { $0.hasPrefix("took") })
    #expect(!summary.hasPrefix("took 2") || summary.contains(" s;"), "\(summary)")
  }

  @Test func `Resets are tried again`() throws {
    let outcome = try fetch([servers.misbehaving("/flaky?\(UUID())"), "--retries", "3"])
    let line = try #require(outcome.fetched().first)
    #expect(line.status == 200 && line.attempts == 3 && outcome.status == 0, "\(outcome)")
  }

  @Test func `Retry-After is honoured`() throws {
    let outcome = try fetch([servers.misbehaving("/busy?\(UUID())"), "--retries", "1"])
    let line = try #require(outcome.fetched().first)
    #expect(line.status == 200 && line.attempts == 2, "\(outcome)")
    #expect(line.milliseconds >= 1000)
  }

  @Test func `Retries end, and 404 is not tried again`() throws {
    let path = "/failing?\(UUID())"
    let outcome = try fetch([
      servers.misbehaving(path), servers.nginx("/nothing"), "--retries", "2",
    ])
    let lines = try outcome.fetched()
    #expect(lines.first { $0.status == 503 }?.attempts == 3, "\(outcome)")
    #expect(lines.first { $0.status == 404 }?.attempts == 1)
    #expect(outcome.status == 1)
    let count = try fetch([servers.misbehaving("/count?\(path)"), "--output", "/dev/null"])
    #expect(count.status == 0)
  }

  @Test(arguments: ["/stall", "/stall-body", "/slow-loris", "/endless"])
  func `A server that does not come to an end runs into the timeout`(_ path: String) throws {
    let outcome = try fetch([servers.misbehaving(path), "--timeout", "300ms"])
    let line = try #require(outcome.fetched().first)
    #expect(line.error?.hasPrefix("timed out") == true, "\(outcome)")
    #expect(outcome.status == 1)
  }

  @Test(arguments: ["/reset", "/reset-body", "/short", "/garbage"])
  func `A server that breaks its word is a failure with a reason`(_ path: String) throws {
    let outcome = try fetch([servers.misbehaving(path)])
    #expect(try outcome.fetched().first?.error != nil, "\(outcome)")
    #expect(outcome.status == 1)
  }

  @Test func `Bodies are saved, each in its file`() throws {
    let directory = temporaryPath("bodies")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let outcome = try fetch(
      [servers.nginx("/hello.txt"), servers.nginx("/big.bin"), servers.misbehaving("/short")]
        + ["--save-bodies", directory])
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    try #require(files.count == 2, "\(files) \(outcome)")
    let first = try String(contentsOfFile: "\(directory)/\(files[0])", encoding: .utf8)
    #expect(first == "hello\n")
    #expect(files[0].hasPrefix("000001-127.0.0.1-") && files[0].hasSuffix("hello.txt"))
    #expect(try outcome.fetched().first { $0.url.hasSuffix("big.bin") }?.bytes == 256 * 40_960)
  }

  @Test func `Fail-fast stops at the first failure and says what was not done`() throws {
    let outcome = try fetch(
      [servers.nobody, servers.misbehaving("/stall"), servers.misbehaving("/stall")]
        + ["--fail-fast"])
    #expect(try outcome.fetched().count == 1)
    #expect(outcome.errors.contains("2 of 3 not done"), "\(outcome)")
    #expect(outcome.status == 1)
  }

  @Test func `Headers are sent`() throws {
    let directory = temporaryPath("headers")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try fetch(
      [servers.nginx("/echo"), "--header", "X-Test: a value", "--save-bodies", directory])
    let file = try #require(FileManager.default.contentsOfDirectory(atPath: directory).first)
    let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
    #expect(text == "GET a value \n")
  }

  @Test func `On a terminal a line shows the progress`() throws {
    let tool = Program.products.appendingPathComponent("asyncio").path
    let urls = "\(servers.misbehaving("/wait?0.5")) \(servers.nobody)"
    // script(1) gives the command a terminal.
    let outcome = try Program.run(
      "/usr/bin/script", ["-qec", "\(tool) fetch \(urls)", "/dev/null"])
    #expect(outcome.output.contains("\r1/2  "), "\(outcome)")
    #expect(outcome.output.contains("1 failed") && outcome.output.contains("left"))
    #expect(outcome.status == 1)
  }

  @Test func `Ten thousand URLs, none lost`() throws {
    let text = (0..<10_000).map { servers.nginx("/echo?\($0)") + "\n" }.joined()
    let outcome = try fetch(["--input", "-", "--concurrency", "50"], input: text)
    let urls = try outcome.fetched().map(\.url)
    #expect(urls.count == 10_000 && Set(urls).count == 10_000)
    #expect(outcome.status == 0)
  }

  @Test func `Ctrl-C keeps the lines there are, reports the rest, and is status 130`() throws {
    let program = try Program(
      "asyncio", ["fetch", servers.nginx("/hello.txt"), servers.misbehaving("/stall")])
    #expect(program.waitForOutput("hello.txt"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130, "\(outcome)")
    #expect(outcome.lines.count == 1)
    #expect(outcome.errors.contains("1 of 2 not done"))
  }
}

/// What the user, or the machine, got wrong.
@Suite struct FetchMistakeTests {
  private let servers = Servers.shared

  @Test func `A malformed URL is named with its file and line, and a strict job does not start`()
    throws
  {
    let path = temporaryPath("urls.txt")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let good = servers.nginx("/hello.txt") + "\n"
    try (String(repeating: good, count: 6) + "htp:/oops\n" + good)
      .write(toFile: path, atomically: true, encoding: .utf8)
    let outcome = try fetch(["--input", path, "--strict"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("\(path), line 7: \"htp:/oops\""), "\(outcome)")
    #expect(outcome.output == "")
  }

  @Test func `An unreadable file`() throws {
    let outcome = try fetch(["--input", "/no/such/file"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("cannot read /no/such/file: No such file or directory"))
  }

  @Test(arguments: [
    [], ["--concurrency", "0", "http://x/"], ["--timeout", "soon", "http://x/"],
    ["--timeout", "2562048h", "http://x/"], ["--timeout", "1e308", "http://x/"],
    ["--retries", "-1", "http://x/"], ["--header", "no colon", "http://x/"], ["--frobnicate"],
    ["--per-host", "0", "http://x/"], ["--rate", "0", "http://x/"], ["--rate", "5/d", "http://x/"],
    ["--rate", "nan", "http://x/"], ["--resume", "http://x/"],
    ["--http1.1", "--http2", "http://x/"],
    ["--method", "a b", "http://x/"], ["--max-size", "10X", "http://x/"],
    ["--max-size", "99999999999T", "http://x/"], ["--max-redirects", "-1", "http://x/"],
    ["--user-agent", "a\nb", "http://x/"], ["--connect-timeout", "-1s", "http://x/"],
  ])
  func `An impossible option`(_ arguments: [String]) throws {
    let outcome = try fetch(arguments)
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("Error:"))
  }

  @Test func `A FIFO for input or output holds up nothing, and Ctrl-C works`() throws {
    for option in ["--input", "--output"] {
      let path = temporaryPath("fifo")
      mkfifo(path, 0o600)
      defer { unlink(path) }
      let arguments =
        option == "--input" ? [option, path] : [option, path, servers.nginx("/hello.txt")]
      let program = try Program("asyncio", ["fetch"] + arguments)
      // Until the program is up: its handler is in place when it waits for the other end.
      // Both bits of INT and TERM are set.
      let status = "/proc/\(program.processIdentifier)/status"
      while try !String(contentsOfFile: status, encoding: .utf8)
        .contains(/SigCgt:\t[0-9a-f]*4002\n/)
      { usleep(2000) }
      program.signal(SIGINT)
      let outcome = try program.wait(limit: 20)
      #expect(outcome.status == 130, "\(option): \(outcome)")
    }
  }

  @Test func `A FIFO's lines are read, and its reader gets the results`() throws {
    let (input, output) = (temporaryPath("in"), temporaryPath("out"))
    mkfifo(input, 0o600)
    mkfifo(output, 0o600)
    defer {
      unlink(input)
      unlink(output)
    }
    let program = try Program("asyncio", ["fetch", "--input", input, "--output", output])
    try Data("\(servers.nginx("/hello.txt"))\n".utf8).write(to: URL(fileURLWithPath: input))
    let result = try FileHandle(forReadingFrom: URL(fileURLWithPath: output)).readToEnd()
    #expect(try program.wait().status == 0)
    #expect(String(decoding: result ?? Data(), as: UTF8.self).contains("\"status\":200"))
  }

  @Test func `An argument that is not UTF-8 is refused, and names no other file`() throws {
    let script = "exec \"$0\" fetch --output \"$(printf '/tmp/\\377x')\" http://127.0.0.1:1/"
    let tool = Program.products.appendingPathComponent("asyncio").path
    let outcome = try Program.run("/bin/bash", ["-c", script, tool])
    #expect(
      outcome.status == 64 && outcome.errors.contains("argument 3 is not UTF-8"), "\(outcome)")
  }

  @Test func `The roots of SSL_CERT_FILE are trusted`() throws {
    let trusted = try Program.run(
      "asyncio", ["fetch", servers.nginxTLS("/hello.txt")],
      environment: ["SSL_CERT_FILE": servers.certificate])
    #expect(trusted.status == 0, "\(trusted)")
    #expect(try Program.run("asyncio", ["fetch", servers.nginxTLS("/hello.txt")]).status == 1)
    let missing = try Program.run(
      "asyncio", ["fetch", servers.nginxTLS("/hello.txt")],
      environment: ["SSL_CERT_FILE": "/no/such/file"])
    #expect(missing.status == 1)
  }

  @Test func `A directory that cannot be made`() throws {
    let outcome = try fetch(["--save-bodies", "/dev/null/x", servers.nginx("/hello.txt")])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("/dev/null/x"), "\(outcome)")
  }

  @Test func `Standard error that cannot be written changes nothing`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let outcome = try Program.run(
      "asyncio", ["fetch", servers.nginx("/hello.txt")], errors: full)
    #expect(outcome.status == 0 && outcome.lines.count == 1, "\(outcome)")
  }

  @Test func `An input without line breaks ends at the limit of a line`() throws {
    let outcome = try fetch(["--input", "/dev/zero"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("/dev/zero, line 1: longer than 65536 bytes"), "\(outcome)")
  }

  @Test func `Results are not written over the URLs`() throws {
    let path = temporaryPath("urls.txt")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try servers.nginx("/hello.txt").write(toFile: path, atomically: true, encoding: .utf8)
    let outcome = try fetch(["--input", path, "--output", path])
    #expect(outcome.status == 64)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == servers.nginx("/hello.txt"))
  }

  @Test func `A body that cannot be saved is the failure of its URL`() throws {
    let directory = temporaryPath("bodies")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let url = servers.nginx("/hello.txt")
    let name = "000001-127.0.0.1-\(servers.http)-hello.txt"
    try FileManager.default.createDirectory(
      atPath: "\(directory)/\(name)/x", withIntermediateDirectories: true)
    let outcome = try fetch([url, url, "--save-bodies", directory])
    let lines = try outcome.fetched()
    #expect(lines.count == 2 && outcome.status == 1, "\(outcome)")
    #expect(lines.contains { $0.error?.hasSuffix("Is a directory") == true }, "\(outcome)")
  }

  @Test func `A full disk`() throws {
    let outcome = try fetch([servers.nginx("/hello.txt"), "--output", "/dev/full"])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("cannot write to /dev/full: No space left on device"), "\(outcome)")
  }

  @Test func `A reader that has gone away`() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let outcome = try fetch([servers.nginx("/hello.txt")], output: pipe.fileHandleForWriting)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("cannot write to standard output: Broken pipe"), "\(outcome)")
  }
}
