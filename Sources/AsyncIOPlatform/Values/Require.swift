// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Ends the program with `message` unless `condition` holds: for mistakes of the programmer.
///
/// Not `precondition`, which says nothing in a release build: there the message is needed most.
@inlinable @inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if _slowPath(!condition()) { failRequirement(message(), file, line) }
}

/// Ends the program: something that cannot be has happened.
@usableFromInline @inline(never)
package func failRequirement(
  _ message: String, _ file: StaticString = #fileID, _ line: UInt = #line
) -> Never {
  fatalError(message, file: file, line: line)
}
