// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The descriptors between a child and its parent.
///
/// Unchecked: belongs to the task that starts the child.
final class ChildPipes: @unchecked Sendable {
  /// What becomes descriptors 0, 1 and 2 of the child; -1 is the null device.
  private(set) var childDescriptors: [Int32] = [-1, -1, -1]
  private var ours: [Int32] = [-1, -1, -1]
  private var owned: [Int32] = []

  init(_ configuration: Subprocess.Configuration) throws {
    do {
      try connectInput(configuration)
      try connect(1, configuration.output)
      try connect(2, configuration.error)
    } catch {
      closeAll()
      throw error
    }
  }

  private func connectInput(_ configuration: Subprocess.Configuration) throws {
    switch configuration.input {
    case .inherit: childDescriptors[0] = 0
    case .none where !configuration.hasInputPipe: return
    case .none, .bytes, .text:
      let pipe = try Syscalls.makePipe(blockingRead: true)
      (childDescriptors[0], ours[0]) = (pipe.read, pipe.write)
      owned.append(pipe.read)
    }
  }

  private func connect(_ index: Int, _ target: Subprocess.OutputTarget) throws {
    switch target {
    case .discard: return
    case .inherit: childDescriptors[index] = Int32(index)
    case .standardOutput:
      require(index == 2, "Subprocess: only the error output can go to the standard output")
      childDescriptors[2] = childDescriptors[1]
    case .pipe:
      let pipe = try Syscalls.makePipe(blockingWrite: true)
      (childDescriptors[index], ours[index]) = (pipe.write, pipe.read)
      owned.append(pipe.write)
    }
  }

  func takeInput() throws -> Int32 { try take(0) }
  func takeOutput() throws -> Int32 { try take(1) }
  func takeError() throws -> Int32 { try take(2) }

  /// Our end; a stream without a pipe is on the null device.
  private func take(_ index: Int) throws -> Int32 {
    defer { ours[index] = -1 }
    return ours[index] >= 0 ? ours[index] : try Syscalls.openNull()
  }

  func closeChildEnds() {
    for descriptor in owned { Syscalls.closeDescriptor(descriptor) }
    owned = []
    // Ours are taken, unless making the streams has failed.
    for descriptor in ours where descriptor >= 0 { Syscalls.closeDescriptor(descriptor) }
    ours = [-1, -1, -1]
  }

  private func closeAll() { closeChildEnds() }
}
