// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import AsyncIOHTTP
import Foundation
import HTTPTypes

// JobService [PORT]: a JSON API in front of a queue of jobs, with a metrics page, and an end that loses no job.
//
//     curl -d '{"text": "hello"}' localhost:8080/jobs
//     curl localhost:8080/jobs/1
//     curl localhost:8080/metrics

/// What a client asks for: a text, of which the letters are counted, slowly.
struct JobRequest: Codable, Sendable {
  var text: String
}

/// A job, as clients see it.
struct Job: Codable, Sendable {
  enum State: String, Codable, Sendable { case waiting, running, done }

  let id: Int
  let text: String
  var state = State.waiting
  var letters: [String: Int]?
}

/// All jobs. An actor: under takeover it runs on the loop's thread like everything else.
actor JobStore {
  private var jobs: [Int: Job] = [:]
  private let queue: AsyncQueue<Int>

  init(queueSize: Int) { queue = AsyncQueue(maxSize: queueSize) }

  /// Takes a job in; nil when too many wait.
  func add(_ text: String) -> Job? {
    let job = Job(id: jobs.count + 1, text: text)
    guard queue.tryPut(job.id) else { return nil }
    jobs[job.id] = job
    return job
  }

  func find(_ id: Int) -> Job? { jobs[id] }

  func counts() -> [Job.State: Int] {
    Dictionary(grouping: jobs.values, by: \.state).mapValues(\.count)
  }

  /// Works until the queue was shut down and is empty.
  func work() async throws {
    while true {
      let id: Int
      do { id = try await queue.get() } catch is QueueShutDownError { return }
      defer { queue.taskDone() }
      jobs[id]?.state = .running
      let text = jobs[id]?.text ?? ""
      // What computes for long does so beside the loop.
      let letters = try await runBlocking { Self.count(text) }
      jobs[id]?.letters = letters
      jobs[id]?.state = .done
    }
  }

  /// No more jobs; those that wait are still done.
  func finish() { queue.shutdown() }

  private nonisolated static func count(_ text: String) -> [String: Int] {
    text.reduce(into: [:]) { $0[String($1), default: 0] += 1 }
  }
}

/// The service without an address, so that tests can have it at any.
struct JobService: Sendable {
  let store = JobStore(queueSize: 1000)
  let server: HTTPServer

  /// How many jobs are worked on at once.
  private static let workers = 4

  init() {
    var app = Router()
    let store = store
    app.use(.requestID, .accessLog, .compression)
    app.post("/jobs") { request in
      let wanted = try await request.json(as: JobRequest.self)
      guard !wanted.text.isEmpty else { throw StatusError(.unprocessableContent, "text is empty") }
      guard let job = await store.add(wanted.text) else {
        throw StatusError(
          .serviceUnavailable, "too many jobs are waiting", headers: [.retryAfter: "1"])
      }
      var response = try HTTPServer.Response.json(job, status: .accepted)
      response.headers[.location] = "/jobs/\(job.id)"
      return response
    }
    app.get("/jobs/{id}") { request in
      let id = try request.parameters["id", as: Int.self]
      guard let job = await store.find(id) else {
        throw StatusError(.notFound, "there is no job \(id)")
      }
      return try .json(job)
    }
    app.get("/metrics") { _ in
      let counts = await store.counts()
      let lines = [Job.State.waiting, .running, .done].map { state in
        "jobs{state=\"\(state.rawValue)\"} \(counts[state] ?? 0)\n"
      }
      return .text("# TYPE jobs gauge\n\(lines.joined())")
    }
    app.get("/ready") { request in
      request.isDraining ? .text("stopping", status: .serviceUnavailable) : .text("ready")
    }
    server = HTTPServer(app)
  }

  /// Serves until the server is stopped; then the jobs that were taken in are done.
  func run(on listener: TCPListener) async throws {
    try await withTaskScope { scope in
      for number in 1...Self.workers {
        scope.spawn(name: "worker \(number)") { try await store.work() }
      }
      try await server.serve(on: listener)
      await store.finish()
    }
  }
}

@main struct Main: LoopProgram {
  static func run() async throws {
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
    let listener = try await TCPListener.bind(host: "127.0.0.1", port: port)
    print("listening at http://\(listener.localAddress)")
    fflush(nil)
    // SIGTERM and Ctrl-C stop the server; the program ends with 0 once the last job is done.
    try await JobService().run(on: listener)
  }
}
