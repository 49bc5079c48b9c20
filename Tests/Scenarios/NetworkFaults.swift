// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import CWorkloads
import Foundation
import Synchronization

private final class ChurnCounters: Sendable {
  let opened = Atomic(0)
  let open = Atomic(0)
  let peak = Atomic(0)
  let refused = Atomic(0)
}

/// Connections that open and close at random, for SECONDS from when ten thousand are open at once, or as many as
/// there are descriptors for: however slow the machine is.
@Sendable func connectionChurn() {
  // Two descriptors for each, and room for those whose other end has not noticed yet that they closed: without
  // room, one tries again.
  let count = min(10_000, limitDescriptors(to: 30_000) * 9 / 20)
  let seconds = Int(ProcessInfo.processInfo.environment["SECONDS"] ?? "") ?? 2
  runProgram {
    let before = Holdings.now
    let allocated = workloads_malloc_in_use() / 1024
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
    let serving = createTask {
      try await listener.serve(maxConnections: 20_000) { stream in
        for try await piece in stream.chunks {
          if piece[0] == 255 { return stream.abort() }
          try await stream.write(piece)
        }
      }
    }
    let counters = ChurnCounters()
    let allAreOpen = AsyncEvent()
    _ = await gatherResults(0..<count, limit: count) { _ in
      var generator = SystemRandomNumberGenerator()
      var end: LoopClock.Instant?
      repeat {
        guard let stream = try? await TCPStream.connect(to: listener.localAddress) else {
          guard end == nil else { continue }
          counters.refused.add(1, ordering: .relaxed)
          return allAreOpen.set()
        }
        counters.opened.add(1, ordering: .relaxed)
        let now = counters.open.add(1, ordering: .relaxed).newValue
        counters.peak.max(now, ordering: .relaxed)
        defer { counters.open.subtract(1, ordering: .relaxed) }
        if now == count { allAreOpen.set() }
        try await allAreOpen.wait()
        end = end ?? .now + .seconds(seconds)
        try? await sleep(for: .milliseconds(Int.random(in: 0...2000, using: &generator)))
        _ = try? await moveOn(after: .milliseconds(200)) {
          try await stream.write([UInt8.random(in: 0...255, using: &generator), 1, 2])
          _ = try await stream.readExactly(3)
        }
        if Bool.random(using: &generator) { await stream.close() } else { stream.abort() }
      } while end.map { .now < $0 } ?? true
    }
    await listener.close(grace: .seconds(5))
    _ = await serving.result
    try await sleep(for: .milliseconds(100))
    let after = Holdings.now
    report(
      "all at once", counters.peak.load(ordering: .relaxed) == count, "refused",
      counters.refused.load(ordering: .relaxed))
    // What the allocator keeps of the peak is its own: what counts is what is in use.
    let left = workloads_malloc_in_use() / 1024
    report(
      after.descriptors - before.descriptors <= 1, after.tasks == before.tasks,
      left < allocated + 4096)
    let figures =
      "peak \(counters.peak.load(ordering: .relaxed)), opened \(counters.opened.load(ordering: .relaxed)), "
      + "before \(before), \(allocated) KB in use, after \(after), \(left) KB in use\n"
    FileHandle.standardError.write(Data(figures.utf8))
  }
}

/// A storm of signals while bytes go back and forth: interrupted calls are invisible.
@Sendable func signalStorm() {
  runProgram {
    let arrivals = signals(.user1)
    let storm = Thread {
      for _ in 0..<20_000 {
        kill(getpid(), SIGUSR1)
        usleep(20)
      }
    }
    storm.start()
    let (one, other) = try UnixStream.pair()
    let sent = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let (_, received) = try await gather(
      {
        try await one.write(sent); try await one.finishWriting()
      },
      { try await other.readToEnd(limit: 8_000_000) })
    report("intact", received == sent)
    let output = try await Subprocess.run(.name("cat"), input: .bytes(Array(sent.prefix(500_000))))
    report("intact", output.standardOutput == Array(sent.prefix(500_000)))
    _ = arrivals
  }
}

/// Sends 5 MB to PEER and gets them back; or, without PEER, is that peer.
@Sendable func acrossNetworks() {
  let peer = ProcessInfo.processInfo.environment["PEER"]
  runProgram {
    guard let peer else {
      let listener = try await TCPListener.bind(host: nil, port: 7007)
      report("listening")
      return try await listener.serve { stream in
        for try await piece in stream.chunks { try await stream.write(piece) }
      }
    }
    let stream = try await TCPStream.connect(to: peer, port: 7007)
    let sent = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    let (_, received) = try await gather(
      {
        try await stream.write(sent); try await stream.finishWriting()
      },
      { try await stream.readToEnd(limit: 8_000_000) })
    report("intact", received == sent)
    await stream.close()
  }
}

/// A name that fails is asked for once; names that are slow, and that nobody wants any more, hold up no other.
@Sendable func lookUps() {
  runProgram {
    let before = asyncio_lookup_calls()
    do {
      _ = try await TCPStream.connect(to: "name.slow", port: 1)
    } catch { report(error) }
    report("calls:", asyncio_lookup_calls() - before)
    let slow = (0..<8).map { index in
      createTask { _ = try await TCPStream.connect(to: "\(index).slow", port: 1) }
    }
    while asyncio_lookup_calls() - before < 9 { try await sleep(for: .milliseconds(1)) }
    for task in slow { task.cancel() }
    // Of those that were cancelled none can have ended when this has its answer.
    let answered = try await race(
      {
        _ = try? await TCPStream.connect(to: "localhost", port: 1)
        return true
      },
      {
        try await runBlocking { _ = usleep(900_000) }
        return false
      })
    report("answered before:", answered)
    for task in slow { _ = await task.result }
  }
}
