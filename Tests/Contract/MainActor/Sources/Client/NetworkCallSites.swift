import AsyncIO

final class Server {
  var served = 0
  func run() async throws {
    let listener = try await TCPListener.bind(host: nil, port: 0)
    print(listener.localAddress.port)
    try await listener.serve(maxConnections: 10_000) { stream in
      self.served += 1
      let line = try await stream.readLine()
      try await stream.write(line)
    }
    try await Subprocess.run(.name("cat")) { child in
      self.served += 1
      try await child.standardInput.write("x")
    }
    for await signal in signals(.hangup) { print(signal, self.served) }
  }
}

nonisolated struct Fibonacci: RemoteFunction {
  static func call(_ n: Int) throws -> Int { n < 2 ? n : try call(n - 1) + call(n - 2) }
}

func processes() async throws {
  let pool = ProcessPool(workers: 4); let f = try await pool.run(Fibonacci.self, 40);
  await pool.shutdown()
  print(f)
}
