// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Glibc

/// The time and the memory of one benchmark, from its start to its end: what its JSON line says.
struct Measurement {
  private let start = ContinuousClock.now
  private let startCPU = Process.cpuSeconds
  let startResident = Process.residentKilobytes

  /// - `operations`: How many there were, where that is not the count.
  func line(
    _ bench: String, _ count: Int, operations: Int? = nil,
    extra: (_ seconds: Double) -> String = { _ in "" }
  ) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let cpu = Process.cpuSeconds - startCPU
    return "{\"peer\":\"ours\",\"bench\":\"\(bench)\",\"n\":\(count),"
      + "\"seconds\":\(seconds.rounded(to: 4)),"
      + "\"per_op_ns\":\((seconds * 1e9 / Double(operations ?? count)).rounded(to: 1)),"
      + "\"rss_kb\":\(Process.peakResidentKilobytes),\"cpu_s\":\(cpu.rounded(to: 3))"
      + "\(extra(seconds))}"
  }
}

extension Double {
  func rounded(to digits: Int) -> Double {
    let scale = pow(10, Double(digits))
    return (self * scale).rounded() / scale
  }
}

/// What the operating system counts for this process.
enum Process {
  static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static var residentKilobytes: Int { status("VmRSS:") }
  static var peakResidentKilobytes: Int { status("VmHWM:") }

  /// A line of `/proc/self/status` (proc_pid_status(5)).
  private static func status(_ key: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      guard text.hasPrefix(key) else { continue }
      return text.dropFirst(key.count).split(whereSeparator: { " \t".contains($0) }).first
        .flatMap { Int($0) } ?? 0
    }
    return 0
  }
}
