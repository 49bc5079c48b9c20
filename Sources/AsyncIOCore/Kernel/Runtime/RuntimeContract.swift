// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Synchronization

/// What the package takes for granted of the runtime, looked at in the running process.
///
/// `asyncio doctor` and the tests run it: a runtime that keeps its names but changes what they mean is found here, and not by a
/// program that goes wrong.
package enum RuntimeContract {
  package struct Check: Sendable {
    /// What has to hold.
    package let name: String
    package let holds: Bool
  }

  /// Looks at everything; on a loop, or off loops.
  package static func check() async -> [Check] {
    var checks = layout.map { Check(name: $0.name, holds: $0.holds) }
    checks.append(
      Check(name: "cancellation is that of the standard library", holds: await seesCancellation()))
    checks.append(
      Check(name: "handlers of cancellation nest, and run once", holds: await nestsHandlers()))
    checks.append(
      Check(name: "task-local values nest in generic code", holds: await nestsBindings()))
    checks.append(Check(name: "memory of a task nests", holds: await nestsMemory()))
    checks.append(Check(name: "tasks are told apart", holds: await tellsTasksApart()))
    checks.append(Check(name: "errors are told apart", holds: tellsErrorsApart()))
    return checks
  }

  private static func start<Value: Sendable>(
    _ body: sending @escaping @isolated(any) () async throws -> Value
  ) -> Task<Value, any Error> {
    TaskFactory.start(
      label: TaskLabel("contract"), site: SourceSite(#fileID, #line), on: EventLoop.ambient, [],
      body)
  }

  // MARK: The checks

  private static func seesCancellation() async -> Bool {
    let task = start {
      guard !RunningTask.isCancelled, !Task.isCancelled else { return false }
      withUnsafeCurrentTask { $0?.cancel() }
      var isSeen = RunningTask.isCancelled && Task.isCancelled && RunningTask.mustPause
      #if compiler(>=6.4)
        isSeen = await withTaskCancellationShield { !RunningTask.isCancelled } && isSeen
      #endif
      return isSeen
    }
    return (try? await task.value) ?? false
  }

  private static func nestsHandlers() async -> Bool {
    let order = Guarded<[Int]>([])
    let task = start {
      let (wait, next) = (HeapShot(), HeapShot())
      return await withTaskCancellationHandler {
        // Cancelled while it waits: the handler of the wait ends it.
        let canceller = CancellableTask()
        await OneShot.suspend(until: cancelling(canceller, wait)) {
          order.withLock { $0.append(1) }
          wait.once.decide(.cancelled)
        }
        // Cancelled before: the handler runs at once.
        await OneShot.suspend(until: next.address) {
          order.withLock { $0.append(2) }
          next.once.decide(.cancelled)
        }
        return wait.once.signal == .cancelled && next.once.signal == .cancelled
      } onCancel: {
        order.withLock { $0.append(3) }
      }
    }
    let isDecided = (try? await task.value) ?? false
    let seen = order.withLock { $0 }
    return isDecided && seen.sorted() == [1, 2, 3] && seen.last == 2
  }

  /// The place of a wait whose task is cancelled from elsewhere once it waits, or before.
  private static func cancelling(_ task: CancellableTask, _ wait: HeapShot) -> UnsafePointer<
    OneShot
  > {
    _ = start { task.cancel() }
    return wait.address
  }

  private static func nestsBindings() async -> Bool {
    let loop = EventLoop.ambient
    let outer = TaskRecord.current
    let record = TaskRecord(
      label: TaskLabel("contract"), site: SourceSite(#fileID, #line), loop: loop, [])
    let inner = await nest((record, 1), record, depth: 3)
    return inner && TaskRecord.current === outer
  }

  /// Generic, so that its values have sizes that only the running program knows: they lie on the task's stack, too.
  @inline(never) @_optimize(none)
  private static func nest<Value: Sendable>(
    _ value: Value, _ record: TaskRecord, depth: Int
  ) async -> Bool {
    var values = [value]
    let holds = await Contract.$marker.withValue(depth) {
      await withBinding(record) {
        let copy = value
        values.append(copy)
        if Contract.marker != depth || TaskRecord.current !== record { return false }
        await Task.yield()
        return depth == 0 ? true : await nest((copy, depth), record, depth: depth - 1)
      }
    }
    return holds && values.count == 2 && Contract.marker != depth
  }

  private static func nestsMemory() async -> Bool {
    let small = TaskMemory.allocate(byteCount: 40)
    let large = TaskMemory.allocate(byteCount: 4_000)
    small.storeBytes(of: 1, as: UInt64.self)
    large.storeBytes(of: 2, as: UInt64.self)
    await Task.yield()
    let holds =
      small.load(as: UInt64.self) == 1 && large.load(as: UInt64.self) == 2
      && UInt(bitPattern: small) % 16 == 0 && UInt(bitPattern: large) % 16 == 0
    TaskMemory.deallocate(large)
    TaskMemory.deallocate(small)
    return holds
  }

  private static func tellsTasksApart() async -> Bool {
    let first = start {
      (TaskIdentity.current, withUnsafeCurrentTask { $0.map { ErasedTask($0).identity } })
    }
    let second = start { TaskIdentity.current }
    guard let (inside, identity) = try? await first.value, let other = try? await second.value
    else {
      return false
    }
    return TaskIdentity(ErasedTask(first)) == inside && ErasedTask(first).identity == identity
      && TaskIdentity(ErasedTask(second)) == other && inside != other
  }

  private static func tellsErrorsApart() -> Bool {
    let (first, second) = (Failure(number: 1) as any Error, Failure(number: 1) as any Error)
    do {
      throw first
    } catch {
      return ErrorIdentity(error) == ErrorIdentity(first)
        && ErrorIdentity(error) != ErrorIdentity(second)
    }
  }

  private struct Failure: Error {
    let number: Int
  }

  private enum Contract {
    @TaskLocal static var marker = -1
  }

  /// Unchecked: what is in it is atomic.
  private final class HeapShot: @unchecked Sendable {
    let once = OneShot()
    var address: UnsafePointer<OneShot> { once.address }
  }
}
