// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Any bytes are a frame's header or none; what is taken apart can be put together again.
func fuzzFrames(_ input: UnsafeBufferPointer<UInt8>) {
  if let header = RemoteFrame.header(input.prefix(RemoteFrame.headerSize)) {
    precondition((0...RemoteFrame.limit).contains(header.count), "a length that nobody may ask for")
    let again = RemoteFrame.header(of: header.kind, count: header.count)
    precondition(again.elementsEqual(input.prefix(RemoteFrame.headerSize)), "another header")
  }
  let bytes = Array(input)
  if let (name, rest) = RemoteFrame.splitName(bytes),
    name.utf8.count == bytes.count - rest.count - 2
  {
    precondition(rest.count <= bytes.count - 2, "bytes made up")
  }
}
