// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation
import Synchronization

/// What a process holds that could leak.
struct Holdings: Equatable, CustomStringConvertible {
  let descriptors: Int
  let children: Int
  let tasks: Int

  static var now: Holdings {
    let own = "/proc/self/task/\(getpid())/children"
    let children = (try? String(contentsOfFile: own, encoding: .utf8))?.split(separator: " ").count
    return Holdings(
      descriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
        ?? -1,
      children: children ?? 0, tasks: EventLoop.current?.tasks.count ?? 0)
  }

  var description: String { "\(descriptors) descriptors, \(children) children, \(tasks) tasks" }
}

var residentKilobytes: Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
  return line.split(separator: " ").compactMap { Int($0) }.first ?? -1
}

@discardableResult func limitDescriptors(to count: UInt) -> Int {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  return Int(limit.rlim_cur)
}

/// Everything that opens descriptors, again and again, cancelled at random.
@Sendable func networkHoldings() {
  runProgram {
    let rounds = Int(ProcessInfo.processInfo.environment["ROUNDS"] ?? "") ?? 30
    var before: Holdings?
    for round in 0..<rounds {
      try await holdingsRound(round)
      // The first rounds start threads and make what is made once.
      if round == 2 { before = Holdings.now }
    }
    try await sleep(for: .milliseconds(50))
    let after = Holdings.now
    report(before == after ? "holdings are as before" : "before: \(before as Any), after: \(after)")
  }
}

private func holdingsRound(_ round: Int) async throws {
  let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
  let port = listener.localAddress.port
  let serving = createTask {
    try await listener.serve(maxConnections: 5) { stream in
      for try await piece in stream.chunks { try await stream.write(piece) }
    }
  }
  let clients = (0..<20).map { index in
    createTask {
      let stream = try await TCPStream.connect(to: "127.0.0.1", port: port)
      try await stream.write("hello")
      if index % 3 == 0 { stream.abort() } else { _ = try await stream.readExactly(5) }
      // A stream that nobody closes closes itself.
      if index % 2 == 0 { await stream.close() }
    }
  }
  let children = (0..<4).map { _ in
    createTask { try await Subprocess.run(.name("cat"), input: .text("x")) }
  }
  if round % 2 == 1 {
    for client in clients.suffix(10) { client.cancel() }
    for child in children.suffix(2) { child.cancel() }
  }
  for client in clients { _ = await client.result }
  for child in children { _ = await child.result }
  let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
  _ = await moveOn(after: .milliseconds(1)) { try? await socket.receive() }
  if round % 2 == 0 { serving.cancel() } else { await listener.close() }
  _ = await serving.result
}

/// Accepting when there are no descriptors left: pauses, says so once, and goes on when there are some.
@Sendable func descriptorsExhausted() {
  limitDescriptors(to: 60)
  runProgram {
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let port = listener.localAddress.port
    let serving = createTask {
      try await listener.serve { stream in
        for try await piece in stream.chunks { try await stream.write(piece) }
      }
    }
    await Task.yield()
    let last = open("/dev/null", O_RDONLY)
    var clients: [TCPStream] = []
    while let client = try? await TCPStream.connect(to: "127.0.0.1", port: port) {
      clients.append(client)
    }
    // With the last descriptor a client connects, and there is none to accept it with.
    close(last)
    if let client = try? await TCPStream.connect(to: "127.0.0.1", port: port) {
      clients.append(client)
    }
    let polls = EventLoop.current?.metrics.polls ?? 0
    try await sleep(for: .milliseconds(350))
    let spins = (EventLoop.current?.metrics.polls ?? 0) - polls
    report("clients:", clients.count > 20, "spins:", spins > 200)
    // Every other one leaves; those that waited are served.
    for index in stride(from: 0, to: clients.count, by: 2) { await clients[index].close() }
    for index in stride(from: 1, to: clients.count, by: 2) {
      try await clients[index].write("still served")
      let answer = try await clients[index].readExactly(12)
      if answer.count != 12 { report("no answer") }
    }
    report("all served")
    for client in clients { await client.close() }
    await listener.close()
    try await serving.value
  }
}

/// A thousand children at once.
@Sendable func thousandChildren() {
  limitDescriptors(to: 20_000)
  runProgram {
    let before = Holdings.now
    let statuses = try await gather(0..<1000) { index in
      try await Subprocess.run(.name("sleep"), arguments: ["0.3"]).status
    }
    report("ended well:", statuses.count { $0.isSuccess })
    let after = Holdings.now
    report(after.children == 0, after.descriptors - before.descriptors <= 1)
  }
}

/// A gibibyte through a pair of sockets, in pieces of 64 KiB.
@Sendable func streamGibibyte() {
  runProgram {
    let (one, other) = try UnixStream.pair()
    let piece = [UInt8](repeating: 7, count: 65536)
    let (_, count) = try await gather(
      {
        for _ in 0..<16384 { try await one.write(piece) }
        try await one.finishWriting()
      },
      {
        var (count, largest, first) = (0, 0, 0)
        while case let bytes = try await other.read(), !bytes.isEmpty {
          count += bytes.count
          if count < 1 << 24 { first = max(first, residentKilobytes) }
          if count % (1 << 26) < bytes.count { largest = max(largest, residentKilobytes) }
        }
        report("flat:", largest - first < 4096)
        return count
      })
    report("bytes:", count)
  }
}

/// A program that listens for SIGTERM itself is not cancelled by it.
@Sendable func programListens() {
  runProgram {
    let arrivals = signals(.terminate)
    report("ready")
    for await signal in arrivals {
      report("heard", signal)
      break
    }
    try await sleep(for: .milliseconds(10))
    report("goes on")
  }
}

/// A signal for the child only.
@Sendable func childSignal() {
  runProgram {
    let arrivals = signals(.terminate)
    let (status, _) = try await Subprocess.run(.name("sleep"), arguments: ["100"]) { child in
      try child.terminate()
    }
    report(status)
    let heard = await moveOn(after: .milliseconds(30)) {
      for await _ in arrivals { return true }; return false
    }
    report("parent heard:", heard ?? false)
  }
}

/// Standard input to standard output, through streams.
@Sendable func copyInput() {
  runProgram {
    let (input, output) = (try FileStream.standardInput(), try FileStream.standardOutput())
    for try await line in input.lines { try await output.write(line) }
  }
}

/// A mistake of the programmer, named by the environment.
@Sendable func networkMistake() {
  let kind = ProcessInfo.processInfo.environment["MISTAKE"]
  runProgram {
    let (stream, _) = try UnixStream.pair()
    switch kind {
    case "line-limit": _ = try await stream.readLine(limit: 0)
    case "no-separator": _ = try await stream.readUntil("")
    case "no-separators": _ = try await stream.readUntil(anyOf: [])
    case "negative-count": _ = try await stream.readExactly(-1)
    case "connected-send":
      let socket = try await UDPSocket.connect(to: "127.0.0.1", port: 9)
      try await socket.send([1], to: socket.localAddress)
    default: report("no such mistake")
    }
  }
}

/// Run without the standard descriptors, writes what it finds into the file `REPORT`: nothing else may have got their
/// numbers, so what is printed reaches no peer and an inherited input is no socket.
@Sendable func closedDescriptors() {
  runProgram {
    var report: [String] = []
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let serving = createTask { try await listener.serve { try await $0.write("hello") } }
    let client = try await TCPStream.connect(to: "127.0.0.1", port: listener.localAddress.port)
    let (reader, writer) = try FileStream.pipe()
    // A standard descriptor that is closed later is nobody's either.
    close(1)
    let late = try await TCPStream.connect(to: "127.0.0.1", port: listener.localAddress.port)
    print("a log line")
    fflush(nil)
    perror("another")
    for stream in [client, late] {
      report.append(String(decoding: try await stream.readToEnd(limit: 100), as: UTF8.self))
    }
    for descriptor in 0...2 {
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/fd/\(descriptor)")
      report.append(target ?? "closed")
    }
    do { _ = try FileStream.standardInput() } catch { report.append("\(error)") }
    let child = try await Subprocess.run(
      .name("cat"), input: .inherit, output: .pipe, error: .discard)
    report.append("\(child.status) \(child.outputText)")
    await reader.close()
    await writer.close()
    serving.cancel()
    let path = ProcessInfo.processInfo.environment["REPORT"] ?? ""
    try await Files.write(Array(report.joined(separator: "\n").utf8), to: path)
  }
}
