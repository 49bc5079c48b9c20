// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Foundation
import TestSupport
import Testing

/// A `ServiceGroup` handles signals by itself, in a program that does so too.
@Suite struct SharedSignalsTests {
  @Test func `The second signal ends a program while a service group owns the signal`() throws {
    let program = try Program("SharedSignals", ["during"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    #expect(program.waitForOutput("asked to end"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130, "\(outcome)")
  }

  @Test func `After the service group has ended, the first signal cancels the program`() throws {
    let program = try Program("SharedSignals", ["after"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130 && outcome.lines == ["ready", "clean"], "\(outcome)")
  }

  @Test func `After the service group has ended, the second signal ends the program`() throws {
    let program = try Program("SharedSignals", ["after-stubborn"])
    #expect(program.waitForOutput("ready"))
    program.signal(SIGINT)
    #expect(program.waitForOutput("cancelled"))
    program.signal(SIGINT)
    let outcome = try program.wait()
    #expect(outcome.status == 130 && outcome.lines == ["ready", "cancelled"], "\(outcome)")
  }
}
