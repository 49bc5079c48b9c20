import AsyncIO

func network(_ bytes: [UInt8]) async throws {
  let stream = try await TCPStream.connect(to: "example.com", port: 443)
  try await stream.write(bytes); let line = try await stream.readLine();
  let head = try await stream.readExactly(16)
  let some = try await stream.read(upTo: 65536);
  let rest = try await stream.readToEnd(limit: 1 << 20)
  try await stream.readUntil("\r\n\r\n")
  try await stream.finishWriting(); await stream.close()
  print(line, head, some, rest, stream.localAddress, stream.remoteAddress)
  let listener = try await TCPListener.bind(host: "127.0.0.1", port: 0)
  print(listener.localAddress.port)
  try await listener.serve(maxConnections: 10_000) { stream in try await stream.write(bytes) }
  let unix = try await UnixStream.connect(path: "/run/app.sock")
  let unixListener = try await UnixListener.bind(path: "/run/app.sock")
  try await unixListener.serve { stream in try await stream.write("x") }
  let socket = try await UDPSocket.bind(host: "127.0.0.1", port: 0)
  let datagram = try await socket.receive()
  try await socket.send(datagram.bytes, to: datagram.sender)
  let connected = try await UDPSocket.connect(to: "127.0.0.1", port: 9)
  try await connected.send(bytes)
  for await signal in signals(.hangup, .terminate) { print(signal) }
  let out = try await Subprocess.run(.name("git"), arguments: ["status"])
  print(unix, out.status, out.outputText)
  try await Files.replace("state", with: bytes)
}

struct Fibonacci: RemoteFunction {
  static func call(_ n: Int) throws -> Int { n < 2 ? n : try call(n - 1) + call(n - 2) }
}

func processes() async throws {
  let pool = ProcessPool(workers: 4); let f = try await pool.run(Fibonacci.self, 40);
  await pool.shutdown()
  print(f)
}

actor Server {
  var served = 0
  func run() async throws {
    let listener = try await TCPListener.bind(host: nil, port: 0)
    try await listener.serve { stream in
      self.served += 1
      await stream.close()
    }
  }
}
