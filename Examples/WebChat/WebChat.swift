// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

// WebChat [PORT]: a chat by WebSocket with its page, a clock by server-sent events, and uploads that are counted while they come.
//
//     open http://localhost:8081/ in two windows
//     curl -T large.bin localhost:8081/upload

/// The guests of the chat.
actor Room {
  private var members: [Int: WebSocket] = [:]
  private var lastNumber = 0

  func enter(_ socket: WebSocket) -> Int {
    lastNumber += 1
    members[lastNumber] = socket
    return lastNumber
  }

  func leave(_ number: Int) { members[number] = nil }

  /// Sends a text to all at once; a guest that is slow is left out after a second.
  func tell(_ text: String) async {
    let sockets = Array(members.values)
    _ = await gatherResults(sockets) { socket in
      try await withTimeout(.seconds(1)) { try await socket.send(text) }
    }
  }
}

@main struct WebChat: LoopProgram {
  static func run() async throws {
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8081
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at http://\(listener.localAddress)")
    fflush(nil)
    try await HTTPServer(app()).serve(on: listener)
  }

  private static func app() -> Router {
    let room = Room()
    var app = Router()
    app.get("/") { _ in .html(page) }
    app.webSocket("/chat") { socket in
      let number = await room.enter(socket)
      await room.tell("* guest \(number) is here")
      do {
        for try await message in socket {
          if case .text(let text) = message { await room.tell("guest \(number): \(text)") }
        }
      } catch is WebSocketError {}
      await room.leave(number)
      await room.tell("* guest \(number) has left")
    }
    app.get("/clock") { _ in
      .events { events in
        while true {
          try await events.send("\(Int(Date().timeIntervalSince1970))")
          try await sleep(for: .seconds(1))
        }
      }
    }
    app.put("/upload") { request in
      var count = 0
      for try await piece in request.body { count += piece.count }
      return .text("\(count) bytes\n", status: .created)
    }
    return app
  }

  private static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Chat</title>
    <style>
    :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
    body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
    #lines { min-height: 12rem; border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; overflow-wrap: anywhere; }
    form { display: flex; gap: .5rem; margin-top: 1rem; }
    input { flex: 1; font: inherit; padding: .25rem .5rem; }
    button { font: inherit; }
    </style>
    <h1>Chat</h1>
    <p>Seconds since 1970: <output id="clock">…</output></p>
    <div id="lines" role="log" aria-live="polite"></div>
    <form><input aria-label="Message" autocomplete="off" autofocus><button>Send</button></form>
    <script>
    const lines = document.querySelector("#lines"), input = document.querySelector("input");
    const socket = new WebSocket(location.href.replace(/^http/, "ws") + "chat");
    const show = (text) => { const line = document.createElement("div"); line.textContent = text; lines.append(line); };
    socket.onmessage = (event) => show(event.data);
    socket.onclose = () => show("* the connection has ended");
    document.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      if (input.value) socket.send(input.value);
      input.value = "";
    };
    new EventSource("clock").onmessage = (event) => { document.querySelector("#clock").textContent = event.data; };
    </script>
    </html>

    """
}
