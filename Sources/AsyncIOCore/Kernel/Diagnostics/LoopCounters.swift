// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The counters of a loop, written by its thread.
package final class LoopCounters: Sendable {
  package let turns = SingleWriterCounter()
  package let polls = SingleWriterCounter()
  package let wakeups = SingleWriterCounter()
  package let slowSteps = SingleWriterCounter()
}
