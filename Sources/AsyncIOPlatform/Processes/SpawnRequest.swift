// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a child is started with, as the system takes it: what the system could not take whole has been refused.
///
/// Unchecked: nothing changes.
package struct SpawnRequest: @unchecked Sendable {
  package let subject: String
  package let program: CString
  package let arguments: CStrings
  package let variables: CStrings
  /// The child's PATH, if it has one.
  package let searchPath: CString?
  let directory: CString?
  let leadsGroup: Bool
  package let endsWithParent: Bool

  package init(
    subject: String, program: CString, arguments: CStrings, variables: CStrings,
    searchPath: CString?,
    directory: CString?, leadsGroup: Bool, endsWithParent: Bool
  ) {
    self.subject = subject
    self.program = program
    self.arguments = arguments
    self.variables = variables
    self.searchPath = searchPath
    self.directory = directory
    self.leadsGroup = leadsGroup
    self.endsWithParent = endsWithParent
  }

  /// The name of a variable of the environment.
  package static func name(of variable: CString) -> Slice<UnsafeRawBufferPointer> {
    variable.bytes.prefix { $0 != UInt8(ascii: "=") }
  }
}
