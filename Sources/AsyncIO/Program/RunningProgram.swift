// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What the rest of the package asks about the program that it is in.
package enum RunningProgram {
  /// Whether a signal to end cancels the program: then it may be a wish to end in an orderly way, and not at once.
  package static var handlesSignals: Bool { SignalHub.shared.hasProgram }
}
