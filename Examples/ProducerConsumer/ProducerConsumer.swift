// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO

@main struct ProducerConsumer: LoopProgram {
  static func run() async throws {
    let queue = AsyncQueue<Int>(maxSize: 10)

    try await withTaskScope { scope in
      let consumers = (1...2).map { number in
        scope.spawn(name: "consumer \(number)") {
          var sum = 0
          for try await item in queue {  // ends when the queue is shut down and drained
            sum += item
            try await sleep(for: .milliseconds(1))
            queue.taskDone()
          }
          return sum
        }
      }
      for item in 1...100 { try await queue.put(item) }  // waits while the queue is full
      try await queue.join()  // until all are processed
      queue.shutdown()

      var total = 0
      for consumer in consumers { total += try await consumer.value }
      print("the sum of 1...100 is \(total)")
    }
  }
}
