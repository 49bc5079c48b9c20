// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Compiles without a warning: results that nobody uses.

import AsyncIO
import Foundation

func accepted(_ semaphore: AsyncSemaphore, _ lock: AsyncLock, _ queue: AsyncQueue<Int>) async throws
{
  try await withTaskScope { scope in scope.spawn { 1 } }
  try await withTimeout(.seconds(1)) { 1 }
  try await withDeadline(.now + .seconds(1)) { 1 }
  await moveOn(after: .seconds(1)) { 1 }
  try await semaphore.withPermit { 1 }
  try await lock.withLock { 1 }
  try await AsyncCondition(lock: lock).withLock { 1 }
  try await queue.withItem { $0 }
  try await sleep(for: .seconds(1))
  try await Task.sleep(for: .seconds(1))
  try await runBlocking { _ = sleep(1) }
}
