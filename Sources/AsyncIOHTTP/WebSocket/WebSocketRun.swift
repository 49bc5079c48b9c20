// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOCore
internal import HTTPCore

/// The life of a WebSocket: a task reads, another answers pings and sends its own, and the caller's body works with messages.
struct WebSocketRun {
  private let socket: WebSocket
  private let link: WebSocketLink

  init(_ socket: WebSocket) {
    self.socket = socket
    link = socket.link
  }

  /// Runs `body`, and ends the connection when it returns or throws.
  ///
  /// A task that is cancelled cancels the body only: it takes another task to say farewell, and to read the answer.
  ///
  /// - Parameter draining: When it is set, the peer is told that the server goes away.
  func run<Result>(
    until draining: AsyncEvent? = nil, isolation: isolated (any Actor)? = #isolation,
    _ body: (WebSocket) async throws -> Result
  ) async throws -> Result {
    let part = CancelScope()
    let grace = link.options.closeTimeout + link.options.closeTimeout
    return try await withTaskCancellationHandler {
      try await withCancellationShield(grace: grace) {
        UncheckedSendable(try await run(part, until: draining, body))
      }.value
    } onCancel: {
      part.cancel()
    }
  }

  private func run<Result>(
    _ part: CancelScope, until draining: AsyncEvent?,
    isolation: isolated (any Actor)? = #isolation, _ body: (WebSocket) async throws -> Result
  ) async throws -> Result {
    let link = link
    do {
      return try await withTaskScope { scope in
        scope.spawn(name: "WebSocket reader") {
          await link.read()
          // A body that does not look for messages would never see the end.
          try await sleep(for: link.options.closeTimeout)
          part.cancel()
        }
        scope.spawn(name: "WebSocket pings") { try await Self.watch(link) }
        if let draining {
          scope.spawn(name: "end of a WebSocket") {
            try await draining.wait()
            await link.announceEnd(.goingAway)
          }
        }
        let result = await part.run(isolation: #isolation) { try await body(socket) }
        await end(result)
        scope.cancel()
        return UncheckedSendable(result)
      }.value.get()
    } catch let group as ErrorGroup {
      throw group.errors.first ?? group
    }
  }

  private func end<Result>(_ result: Swift.Result<Result, any Error>) async {
    switch result {
    case .success: await link.close(.normal, "")
    case .failure(let error) where error is CancellationError:
      await link.close(.goingAway, "")
    case .failure(let error) where error is WebSocketError: await link.close(.normal, "")
    case .failure: await link.close(.internalError, "")
    }
  }

  /// Answers the peer's pings, and sends some when it is silent.
  private static func watch(_ link: WebSocketLink) async throws {
    let chores = link.chores
    while true {
      guard let interval = link.options.pingInterval else {
        try await chores.wait()
        await link.sendPong()
        if link.over.isSet { return }
        continue
      }
      let isCalled: Void? = try await moveOn(after: interval) { try await chores.wait() }
      if link.over.isSet { return }
      if isCalled != nil {
        await link.sendPong()
        continue
      }
      guard link.lastInput.duration(to: .now) >= interval else { continue }
      guard try await answersPing(link) else {
        link.fail(.internalError, "the peer gives no sign of life")
        return link.stream.abort()
      }
    }
  }

  private static func answersPing(_ link: WebSocketLink) async throws -> Bool {
    let before = link.lastInput
    do {
      let isThere = try await moveOn(after: link.options.pingTimeout) { try await link.ping() }
      // Any sign is one.
      return isThere != nil || link.lastInput > before
    } catch is WebSocketError {
      return true
    }
  }
}
