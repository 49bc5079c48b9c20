// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

@testable import asyncio

private func fetch(_ arguments: [String], input: String? = nil) throws -> Program.Outcome {
  try Program.run("asyncio", ["fetch"] + arguments, input: input)
}

/// A folder of the test's own.
private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("fetch-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The options of `asyncio fetch` that are about the input, the pace and the request.
@Suite struct FetchOptionTests {
  private let servers = Servers.shared

  /// A server that says what it was asked; its first line is its port.
  private static func faults() throws -> (server: FaultServer, url: String) {
    let server = try FaultServer("faults.py")
    let port = server.line().split(separator: " ").first ?? ""
    return (server, "http://127.0.0.1:\(port)")
  }

  // MARK: Input

  @Test
  func `A line that is no URL is reported with its place, and is a failed line of the output`()
    throws
  {
    try withFolder { folder in
      let path = "\(folder)/urls.txt"
      var bytes = Data("\(servers.nginx("/hello.txt"))\nnope\n".utf8)
      bytes += Data([0x68, 0xE9, 0x0A]) + Data("\(servers.nginx("/echo"))".utf8)
      try bytes.write(to: URL(fileURLWithPath: path))
      for (arguments, input, name) in [
        (["--input", path], nil, path),
        (["--input", "-"], String(decoding: bytes, as: UTF8.self), "standard input"),
      ] as [([String], String?, String)] {
        let outcome = try fetch(arguments, input: input)
        let lines = try outcome.fetched()
        #expect(outcome.status == 1 && lines.count == 4, "\(outcome)")
        #expect(lines.count { $0.status == 200 } == 2)
        #expect(lines.contains { $0.url == "nope" && $0.error?.contains("line 2") == true })
        #expect(outcome.errors.contains("\(name), line 2: \"nope\": it must begin with http"))
        // Through a text the byte of Latin-1 is replaced before it comes here.
        #expect(outcome.errors.contains("\(name), line 3: "))
        #expect(outcome.errors.contains("2 x malformed URL"))
      }
    }
  }

  @Test func `A pipe starts at once, and is fetched as it comes`() throws {
    try withFolder { folder in
      let fifo = "\(folder)/fifo"
      mkfifo(fifo, 0o600)
      let program = try Program("asyncio", ["fetch", "--input", fifo])
      let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: fifo))
      try writer.write(contentsOf: Data("\(servers.nginx("/hello.txt"))\n".utf8))
      // The answer is there before the input ends.
      #expect(program.waitForLines(1))
      try writer.write(contentsOf: Data("\(servers.nginx("/echo"))\n".utf8))
      #expect(program.waitForLines(2))
      try writer.close()
      #expect(try program.wait().status == 0)
    }
  }

  @Test func `A strict job ends at the first line of a pipe that is no URL`() throws {
    let good = servers.nginx("/hello.txt")
    let outcome = try fetch(["--input", "-", "--strict"], input: "\(good)\nnope\n\(good)\n")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("standard input, line 2: \"nope\""), "\(outcome)")
    #expect(outcome.lines.count <= 1)
  }

  @Test func `Memory does not grow with the input`() throws {
    // Half a million lines that are no URLs take no server.
    let script = """
      tool=$0; seq -f 'bad-%.0f' 500000 | (ulimit -v 4000000; exec "$tool" fetch --input - --output /dev/null 2>/dev/null) &
      wait $!; for n in 1000 500000; do seq -f 'bad-%.0f' $n | \
      /usr/bin/python3 -c '
      import resource, subprocess, sys
      subprocess.run([sys.argv[1], "fetch", "--input", "-", "--output", "/dev/null"], stderr=subprocess.DEVNULL)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$tool"; done
      """
    let tool = Program.products.appendingPathComponent("asyncio").path
    let outcome = try Program.run("/bin/bash", ["-c", script, tool])
    let sizes = outcome.lines.compactMap { Int($0) }
    #expect(sizes.count == 2 && sizes[1] < sizes[0] + 20_000, "\(outcome)")
  }

  // MARK: Going on

  @Test func `A job that was stopped goes on where it was, and a cut line is written again`() throws
  {
    try withFolder { folder in
      let output = "\(folder)/out.jsonl"
      let urls = (0..<6).map { servers.nginx("/echo?\($0)") }
      let first = try fetch(Array(urls[..<3]) + ["--output", output])
      #expect(first.status == 0)
      let text = try String(contentsOfFile: output, encoding: .utf8)
      // The last line was not written whole.
      try String(text.dropLast(20)).write(toFile: output, atomically: true, encoding: .utf8)
      let second = try fetch(urls + ["--output", output, "--resume"])
      #expect(second.status == 0 && second.errors.contains("2 were done before"), "\(second)")
      let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
      let done = try lines.map {
        try JSONDecoder().decode(FetchLine.self, from: Data($0.utf8)).url
      }
      #expect(done.count == 6 && Set(done) == Set(urls))
      let third = try fetch(urls + ["--output", output, "--resume"])
      #expect(third.status == 0 && third.errors.contains("6 were done before"), "\(third)")
    }
  }

  @Test func `Nothing is added to a file that is no output, and one that is not there is made`()
    throws
  {
    try withFolder { folder in
      let other = "\(folder)/letter.txt"
      try "Dear\nreader\n".write(toFile: other, atomically: true, encoding: .utf8)
      let outcome = try fetch([servers.nginx("/echo"), "--output", other, "--resume"])
      #expect(outcome.status == 64 && outcome.errors.contains("letter.txt, line 1"), "\(outcome)")
      #expect(try String(contentsOfFile: other, encoding: .utf8) == "Dear\nreader\n")
      let new = "\(folder)/new.jsonl"
      #expect(try fetch([servers.nginx("/echo"), "--output", new, "--resume"]).status == 0)
      #expect(try String(contentsOfFile: new, encoding: .utf8).contains("\"status\":200"))
    }
  }

  // MARK: Pace

  @Test func `No more than so many from one host, and others go on meanwhile`() throws {
    let (server, base) = try Self.faults()
    _ = server
    // By one at a time they take three waits, in which the others are long done.
    let slow = (0..<3).map { "\(base)/wait/0.3/\($0)" }
    let quick = (0..<20).map { servers.nginx("/echo?\($0)") }
    let outcome = try fetch(slow + quick + ["--per-host", "1", "--concurrency", "3"])
    let order = try outcome.fetched().map(\.url)
    #expect(outcome.status == 0 && order.count == 23, "\(outcome)")
    #expect(order.suffix(2).allSatisfy { $0.hasPrefix(base) }, "\(order)")
    #expect(order.filter { $0.hasPrefix(base) } == slow)
  }

  @Test func `Requests begin no faster than they may`() throws {
    let urls = (0..<6).map { servers.nginx("/echo?\($0)") }
    let outcome = try fetch(urls + ["--rate", "20/s"])
    #expect(outcome.status == 0)
    // Five pauses of 50 ms lie between six begins; the clock of the summary is the tool's.
    let took = try #require(outcome.errors.firstMatch(of: /took ([0-9.]+) (ms|s);/))
    let time = try #require(Double(took.1)) * (took.2 == "s" ? 1000 : 1)
    #expect(time >= 250, "\(outcome)")
  }

  // MARK: Requests

  @Test func `A method, a body, a name and fields are sent, and no type that was not asked for`()
    throws
  {
    try withFolder { folder in
      let (server, base) = try Self.faults()
      let file = "\(folder)/body"
      try "from a file".write(toFile: file, atomically: true, encoding: .utf8)
      struct Asked: Decodable {
        let method: String
        let headers: [String: String]
        let body: String
      }
      func asked(_ arguments: [String]) throws -> Asked {
        _ = try fetch(["\(base)/echo"] + arguments)
        return try JSONDecoder().decode(Asked.self, from: Data(server.line().utf8))
      }
      let post = try asked(["--data", "a=1", "--user-agent", "me/1", "-H", "X-A: b"])
      #expect(post.method == "POST" && post.body == "a=1")
      let lower = Dictionary(
        uniqueKeysWithValues: post.headers.map { ($0.key.lowercased(), $0.value) })
      #expect(lower["user-agent"] == "me/1" && lower["x-a"] == "b" && lower["content-type"] == nil)
      let put = try asked(["--method", "PUT", "--data", "@\(file)"])
      #expect(put.method == "PUT" && put.body == "from a file")
    }
    let missing = try fetch([servers.nginx("/echo"), "--data", "@/no/such/file"])
    #expect(missing.status == 1 && missing.output.contains("/no/such/file"), "\(missing)")
  }

  @Test func `A POST that may have been processed is not tried again`() throws {
    for (method, attempts) in [("GET", 3), ("POST", 1)] {
      let outcome = try fetch([
        servers.misbehaving("/reset?\(UUID())"), "--retries", "2", "--method", method,
      ])
      #expect(try outcome.fetched().first?.attempts == attempts, "\(outcome)")
    }
    let refused = try fetch([servers.nobody, "--retries", "1", "--data", "x"])
    #expect(try refused.fetched().first?.attempts == 2)
  }

  @Test func `What HTTP/2 did not process is tried again, whatever the method`() throws {
    let server = try FaultServer("peers.py", python: "/usr/bin/python3")
    let port = server.line().split(separator: " ").dropFirst().first ?? ""
    // Five requests are refused, of which the client itself tries four.
    let outcome = try fetch([
      "http://127.0.0.1:\(port)/refused", "--http2", "--retries", "1", "--data", "x",
    ])
    let line = try #require(outcome.fetched().first)
    #expect(line.status == 200 && line.attempts == 2, "\(outcome)")
  }

  @Test func `A redirect may be reported instead of followed`() throws {
    let followed = try fetch([servers.nginx("/redirect")])
    #expect(
      followed.output.contains("\"final_url\":\"\(servers.nginx("/hello.txt"))\""), "\(followed)")
    let reported = try fetch([servers.nginx("/redirect"), "--max-redirects", "0"])
    #expect(try reported.fetched().first?.status == 302)
    let loop = try fetch([servers.nginx("/loop"), "--max-redirects", "3"])
    #expect(loop.status == 1 && loop.output.contains("more than 3 redirects"))
  }

  @Test func `A body that is too large is a failure, and no file`() throws {
    try withFolder { folder in
      let outcome = try fetch([
        servers.nginx("/big.bin"), "--max-size", "1M", "--save-bodies", "\(folder)/bodies",
      ])
      #expect(outcome.status == 1 && outcome.errors.contains("1 x too large"), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/bodies") == [])
      #expect(try fetch([servers.nginx("/hello.txt"), "--max-size", "6"]).status == 0)
    }
  }

  @Test func `The page of an error is not saved`() throws {
    try withFolder { folder in
      let outcome = try fetch([servers.nginx("/nothing"), "--save-bodies", "\(folder)/bodies"])
      #expect(outcome.status == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/bodies") == [])
    }
  }

  @Test func `The versions of HTTP may be chosen, and the certificates`() throws {
    func version(_ arguments: [String]) throws -> String {
      let outcome = try fetch([servers.nginxTLS("/hello.txt")] + arguments)
      return outcome.output.firstMatch(of: /"version":"?([^",]+)"?,/).map { String($0.1) } ?? ""
    }
    #expect(try version(["--cacert", servers.certificate]) == "2")
    #expect(try version(["--cacert", servers.certificate, "--http1.1"]) == "1.1")
    #expect(try version(["--insecure", "--http2"]) == "2")
    #expect(try version([]) == "null")
    let missing = try fetch([servers.nginxTLS("/hello.txt"), "--cacert", "/no/such/file"])
    #expect(missing.status == 1 && missing.output.contains("/no/such/file"))
  }

  @Test func `A proxy is used when it is named`() throws {
    let outcome = try fetch(["http://example.test/", "--proxy", servers.nobody])
    #expect(outcome.status == 1 && outcome.errors.contains("1 x refused"), "\(outcome)")
    #expect(try fetch([servers.nginx("/hello.txt"), "--proxy", "none"]).status == 0)
    let wrong = try fetch(["http://example.test/", "--proxy", "socks5://127.0.0.1:1"])
    #expect(wrong.output.contains("cannot be used"), "\(wrong)")
  }

  @Test func `The heads are shown as they are, without what a terminal would obey`() throws {
    let outcome = try fetch([servers.nginx("/redirect"), "-v"])
    for line in [
      "> GET /redirect HTTP/1.1", "> User-Agent: swift-asyncio", "< HTTP/1.1 302 Moved Temporarily",
      "* follows the redirect to \(servers.nginx("/hello.txt"))", "< Content-Length: 6",
    ] { #expect(outcome.errors.contains(line), "\(line)") }
    #expect(TerminalText.escaped("a\u{1B}[2Jb\u{9B}\tc\n") == "a\\u{1B}[2Jb\\u{9B}\tc\n")
  }

  @Test func `A connection that is not made in time is given up`() throws {
    let outcome = try fetch([
      "https://127.0.0.1:\(servers.bad)/", "--connect-timeout", "200ms", "--timeout", "60s",
    ])
    #expect(outcome.status == 1 && outcome.output.contains("within 0.2 seconds"), "\(outcome)")
  }
}

/// The parts of `fetch` that are functions of their input.
@Suite struct FetchPartTests {
  @Test(arguments: [
    "", "plain", "\"quoted\" \\ back", "\n\r\t\u{0}\u{1F}", "é 日本 🎉", "\u{2028}", "</script>",
  ])
  func `A line of JSON says the same to a reader of JSON`(text: String) throws {
    var line = JSONLine()
    line.add("text", text)
    line.add("none", String?.none)
    line.add("number", -5)
    line.add("time", Duration.microseconds(1_234_567))
    line.add("whole", Duration.milliseconds(3))
    line.add("small", Duration.microseconds(7))
    let bytes = line.finished()
    #expect(bytes.last == 0x0A && bytes.dropLast().allSatisfy { $0 != 0x0A })
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(object["text"] as? String == text && object["none"] is NSNull)
    #expect(object["number"] as? Int == -5 && object["time"] as? Double == 1234.567)
    #expect(object["whole"] as? Double == 3 && object["small"] as? Double == 0.007)
  }

  @Test func `Percentiles are those of the times, to within two percent`() {
    var histogram = LatencyHistogram()
    for number in 1...10_000 { histogram.add(.microseconds(number * 37)) }
    for percent in [1, 50, 95, 99, 100] {
      let exact = Double(percent * 100 * 37)
      let found = histogram.percentile(percent) / .microseconds(1)
      #expect(abs(found - exact) <= exact * 0.02, "\(percent): \(found) instead of \(exact)")
    }
    #expect(histogram.longest == .microseconds(370_000) && histogram.count == 10_000)
    var small = LatencyHistogram()
    small.add(.zero)
    small.add(.seconds(1_000_000_000))
    #expect(small.percentile(50) == .zero && small.percentile(100) == .seconds(1_000_000_000))
  }

  @Test(arguments: [
    ("10", Duration.milliseconds(100)), ("10/s", .milliseconds(100)), ("30/m", .seconds(2)),
    ("3600/h", .seconds(1)), ("0.5", .seconds(2)), ("0", nil), ("-1", nil), ("x", nil),
    ("1/d", nil), ("1/s/s", nil), ("", nil), ("/s", nil), ("inf", nil),
  ])
  func `Rates are read as people write them`(text: String, interval: Duration?) {
    #expect(RateArgument(argument: text)?.interval == interval)
  }

  @Test(arguments: [
    ("0", 0), ("500", 500), ("64K", 65_536), ("10m", 10_485_760), ("2G", 2_147_483_648), ("K", nil),
    ("-1", nil), ("1.5M", nil), ("9999999999999T", nil), ("", nil),
  ])
  func `Numbers of bytes are read as people write them`(text: String, count: Int?) {
    #expect(ByteCountArgument(argument: text)?.count == count)
  }
}
