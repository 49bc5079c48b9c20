// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Any descriptor as a stream: standard input and output, pipes, FIFOs, terminals, files.
///
/// ```swift
/// let input = try FileStream.standardInput()
/// for try await line in input.lines { … }
/// ```
///
/// Reading and writing are described at ``ByteStream``. A regular file is read and written by
/// io_uring if the loop has it, else on the loop's pool of threads: epoll(7) cannot wait for a disk. `finishWriting` closes the stream.
///
/// Unchecked: adds constants only to a class that says what protects it.
public final class FileStream: ByteStream, @unchecked Sendable {
  /// Takes over a descriptor that other code has opened; the stream closes it.
  ///
  /// It does not block from now on, nor does any other descriptor of the same open file (a duplicate, one
  /// that was inherited): see fcntl(2), O_NONBLOCK.
  ///
  /// - Throws: ``IOError`` when it is no open descriptor.
  public convenience init(
    adopting descriptor: Int32, file: StaticString = #fileID, line: UInt = #line
  ) throws {
    let subject = "descriptor \(descriptor)"
    do {
      try Syscalls.setNonBlocking(descriptor)
      let watched = try WatchedDescriptor(descriptor, on: .ambient, isAdopted: true)
      self.init(FileTransport(watched, subject: subject), SourceSite(file, line))
    } catch let error as SystemError {
      throw IOError("adopt", subject, error)
    }
  }

  /// A descriptor of its own that does not block; closed when that fails.
  convenience init(
    owning descriptor: Int32, _ subject: String, _ site: SourceSite? = nil, blocks: Bool = false
  ) throws {
    let watched = try WatchedDescriptor(descriptor, on: .ambient)
    self.init(FileTransport(watched, subject: subject, blocks: blocks), site)
  }

  /// Standard input, to be read.
  ///
  /// Opened anew where that is possible, so that a terminal or pipe that is shared with other processes
  /// goes on blocking for them. Closing the stream leaves descriptor 0 open.
  ///
  /// - Throws: ``IOError`` when it is closed.
  public static func standardInput() throws -> FileStream {
    try standard(0, "standard input", .reading)
  }

  /// Standard output, to be written.
  ///
  /// See ``standardInput()``.
  ///
  /// - Throws: ``IOError`` when it is closed.
  public static func standardOutput() throws -> FileStream {
    try standard(1, "standard output", .writing)
  }

  /// Standard error, to be written.
  ///
  /// See ``standardInput()``.
  ///
  /// - Throws: ``IOError`` when it is closed.
  public static func standardError() throws -> FileStream {
    try standard(2, "standard error", .writing)
  }

  private static func standard(
    _ descriptor: Int32, _ subject: String, _ access: FileAccess
  ) throws -> FileStream {
    do {
      let (own, blocks) = try Syscalls.reopen(descriptor, access)
      // Closing it or not makes no difference to anybody.
      return try FileStream(owning: own, subject, blocks: blocks)
    } catch let error as SystemError {
      throw IOError("open", subject, error)
    }
  }

  private var watched: WatchedDescriptor? { (transport as? FileTransport)?.watched }

  /// How many bytes can be read without waiting.
  func availableBytes() throws -> Int {
    try watched?.withDescriptor { Syscalls.availableBytes($0) } ?? 0
  }

  /// What is there, without waiting; empty at the end of the stream, nil when there is nothing.
  func readWithoutWaiting(upTo limit: Int) throws -> [UInt8]? {
    try watched?.withDescriptor { descriptor in
      Scratch.with(min(limit, Scratch.size)) { buffer in
        let count = Syscalls.read(descriptor, buffer)
        return count < 0 ? nil : Array(buffer[..<count])
      }
    }
  }

  /// A new pipe, pipe(2): what is written to the second comes out of the first.
  ///
  /// - Throws: ``IOError`` when there are no descriptors left.
  public static func pipe(
    file: StaticString = #fileID, line: UInt = #line
  ) throws -> (reader: FileStream, writer: FileStream) {
    let site = SourceSite(file, line)
    do {
      let (read, write) = try Syscalls.makePipe()
      let reader: FileStream
      do {
        reader = try FileStream(owning: read, "a pipe", site)
      } catch {
        Syscalls.closeDescriptor(write)
        throw error
      }
      do {
        return (reader, try FileStream(owning: write, "a pipe", site))
      } catch {
        reader.abort()
        throw error
      }
    } catch let error as SystemError {
      throw IOError("make", "a pipe", error)
    }
  }
}
