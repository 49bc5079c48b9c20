// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import AsyncIO
import Foundation

/// Small programs under takeover, run by the tests as processes: `Scenarios NAME`.
///
/// Each prints what the test compares.
@main enum Scenarios {
  static func main() {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    guard let scenario = all[name] else {
      print("unknown scenario \"\(name)\"; there are: \(all.keys.sorted().joined(separator: ", "))")
      exit(2)
    }
    scenario()
  }

  static let all: [String: @Sendable () -> Void] = [
    "one-thread": oneThread, "main-actor": mainActorState, "task-sleep": taskSleep,
    "virtual": virtualTime, "deadlock": deadlock, "deadlock-continuation": deadlockContinuation,
    "two-runs": twoRuns, "program-error": programError, "program-status": programStatus,
    "program-signal": programSignal, "program-signal-deaf": programSignalDeaf,
    "program-signal-busy": programSignalBusy, "program-signal-self": programSignalSelf,
    "program-stubborn": programStubborn,
    "foreign-thread": foreignThread, "unretrieved": unretrieved, "slow-step": slowStep,
    "over-release": overRelease, "relock": relock, "unlock-free": unlockFree,
    "task-done": taskDoneTooOften, "takeover-late": takeoverLate, "callback-error": callbackError,
    "blocking-names": blockingNames, "chosen-backend": chosenBackend, "end-of-run": endOfRun,
    "without-ring": withoutRing,
    "network-holdings": networkHoldings, "descriptors-exhausted": descriptorsExhausted,
    "thousand-children": thousandChildren, "stream-gibibyte": streamGibibyte,
    "program-listens": programListens, "child-signal": childSignal, "copy-input": copyInput,
    "pool-calls": poolCalls, "pool-deaths": poolDeaths, "pool-cancelled": poolCancelled,
    "pool-orphans": poolOrphans, "pool-runs": poolOfTwoRuns, "network-mistake": networkMistake,
    "connection-churn": connectionChurn, "signal-storm": signalStorm, "across": acrossNetworks,
    "closed-descriptors": closedDescriptors,
    "program-ignores": programIgnores, "program-reads": programReads,
    "program-blocks": programBlocks, "step-for-ever": stepForEver,
    "program-shares": programShares, "program-shared": programShared,
    "program-with-child": programWithChild, "program-killed": programKilled,
    "terminal-child": terminalChild, "look-ups": lookUps,
    "standstill": standstill, "circle": circle, "other-process": otherProcess,
    "after-dispatch": afterDispatch, "sleep-left": sleepLeft, "elsewhere": elsewhere,
    "sleeps-outlive": sleepsOutlive, "stock-program": stockProgram,
    "named-program": namedProgram,
    "scoped-alone": scopedAlone, "scoped-beside": scopedBeside,
    "undetected": undetected, "dispatch-waits": dispatchWaits,
  ]
}

func report(_ items: Any...) {
  print(items.map { "\($0)" }.joined(separator: " "))
  fflush(nil)
}

func threadCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? -1
}

func currentThread() -> UInt { UInt(pthread_self()) }

/// A program run as `LoopProgram` runs it.
func runProgram(
  _ configuration: EventLoop.Configuration = .init(),
  _ body: sending @escaping @isolated(any) () async throws -> Void
) -> Never {
  exit(LoopProgramRunner.run(configuration, body))
}
