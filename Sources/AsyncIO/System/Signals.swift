// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The signals of some kinds, as they arrive.
///
/// ```swift
/// for await signal in signals(.hangup, .terminate) {
///   if signal == .terminate { break }
///   reloadSettings()
/// }
/// ```
///
/// Listening begins with this call and ends when the sequence and its iterators are gone; then what was in
/// force before is restored. Any number of listeners may listen for the same signal, and each gets it. Two
/// signals of one kind that arrive before the first was taken are one, as in signal(7).
///
/// While a task listens for INT or TERM, a ``LoopProgram`` leaves them to the listener: they do not cancel
/// it.
///
/// **Cancellation.** A task that is cancelled gets no more signals: the loop over them ends.
public func signals(_ kinds: UnixSignal...) -> SignalSequence { SignalSequence(Set(kinds)) }
