// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What libFuzzer calls.
///
/// The first byte says which of the two is tested, so that one corpus serves both.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
  guard let kind = input.first else { return 0 }
  let rest = UnsafeBufferPointer(rebasing: input.dropFirst())
  if kind % 2 == 0 { fuzzDelimiters(rest) } else { fuzzFrames(rest) }
  return 0
}
