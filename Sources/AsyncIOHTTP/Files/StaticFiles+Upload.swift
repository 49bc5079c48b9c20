// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import AsyncIOPlatform
internal import HTTPCore
internal import HTTPTypes

extension StaticFiles {
  /// Saves the body of a request as a file of the directory, as `curl -T` sends it: `PUT`, RFC 9110 section 9.3.4.
  ///
  /// The file appears when its body is there whole, and replaces an older one; its directory must be there. The limit of the server for
  /// bodies counts.
  ///
  /// - Parameter path: As for ``response(_:for:)``.
  /// - Returns: 201 for a new file, 204 for one that was replaced.
  /// - Throws: ``StatusError``: 400 for a path that is none, 403 for one that may not be written, 404 without a directory, 409 for a
  ///   directory, 507 when the disk is full; what reading the body throws; `IOError`; `CancellationError`.
  public func save(
    _ path: some StringProtocol, from request: HTTPServer.Request
  ) async throws -> HTTPServer.Response {
    let names: [[UInt8]]
    do {
      names = try FilePathRule.path(
        Substring(path).utf8.split(separator: 0x2F, omittingEmptySubsequences: false),
        servesHidden: false)
    } catch {
      throw StatusError(error == .malformed ? .badRequest : .notFound)
    }
    guard let name = names.last, !name.isEmpty else {
      throw StatusError(.conflict, "a directory cannot be written")
    }
    guard let directory = try await openIfThere(Array(names.dropLast())), directory.isDirectory
    else { throw StatusError(.notFound) }
    let old = try await openIfThere(names)
    if let old, !old.isRegular { throw StatusError(.conflict, "there is no file at this path") }
    // RFC 9110 section 14.5: a part is not the whole.
    if request.header(.contentRange) != nil {
      throw StatusError(.badRequest, "a part of a file cannot be written")
    }
    guard Self.allows(Preconditions(request), old) else { throw StatusError(.preconditionFailed) }
    do {
      try await FileUpload(name, in: directory).save(request.body)
    } catch let error as SystemError where SystemError.notPermittedCodes.contains(error.errno) {
      throw StatusError(.forbidden)
    } catch let error as SystemError where SystemError.fullCodes.contains(error.errno) {
      throw StatusError(HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"))
    } catch let error as SystemError {
      throw IOError("write", String(decoding: name, as: UTF8.self), error)
    }
    return old == nil ? .created : .noContent
  }
}

extension StaticFiles {
  /// Whether a file may be replaced, or made if there is none: RFC 9110 section 13.1.
  private static func allows(_ conditions: Preconditions, _ old: OpenedFile?) -> Bool {
    guard let old else { return conditions.ifMatch == nil }
    return conditions.evaluate(
      FileAnswer.tag(of: old), modified: old.modified / 1_000_000_000, isRead: false) == .proceed
  }
}

/// A file on its way into a directory, by another name until it is there whole.
private struct FileUpload {
  private let directory: OpenedFile
  private let name: [UInt8]

  init(_ name: [UInt8], in directory: OpenedFile) {
    self.name = name
    self.directory = directory
  }

  func save(_ body: HTTPServer.RequestBody) async throws {
    let directory = directory
    let part = ".upload-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let partName = CString(path: part.utf8)
    let descriptor = try await runBlocking { try directory.create(partName, mode: 0o644) }
    do {
      let stream = try FileStream(adopting: descriptor)
      do {
        for try await piece in body { try await stream.write(piece) }
      } catch {
        await stream.close()
        throw error
      }
      await stream.close()
      let finalName = CString(path: name)
      try await runBlocking { try directory.rename(partName, to: finalName) }
    } catch {
      try? await withCancellationShield(grace: .seconds(5)) {
        try await runBlocking { try directory.remove(partName) }
      }
      guard let cause = ((error as? IncompleteWriteError)?.cause ?? error) as? IOError else {
        throw error
      }
      throw cause.cause
    }
  }
}
