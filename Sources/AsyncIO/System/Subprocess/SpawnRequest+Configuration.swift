// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import Glibc

extension SpawnRequest {
  init(_ configuration: Subprocess.Configuration) throws {
    let subject = configuration.executable.description
    let program = try configuration.executable.cString()
    var texts = [program]
    switch configuration.arguments {
    case .texts(let arguments):
      for (index, argument) in arguments.enumerated() {
        texts.append(try CString(argument, as: "argument \(index + 1) of \(subject),"))
      }
    case .own: texts += Self.ownArguments
    }
    let environment = try configuration.environment.cStrings(for: subject)
    self.init(
      subject: subject, program: program, arguments: CStrings(texts),
      variables: CStrings(environment),
      searchPath: environment.first { Self.name(of: $0).elementsEqual("PATH".utf8) },
      directory: configuration.workingDirectory.map { CString($0) },
      leadsGroup: configuration.leadsGroup, endsWithParent: configuration.endsWithParent)
  }

  /// The arguments of this process, which need not be UTF-8.
  private static var ownArguments: [CString] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { CString(copying: $0) }
    }
  }
}

extension Subprocess.Environment {
  /// The variables: those of this process as they are, byte for byte, unless they are changed.
  fileprivate func cStrings(for subject: String) throws -> [CString] {
    var variables: [CString] = []
    let changed = Set(changes.keys.map { Array($0.utf8) })
    if inheritsOwn {
      var next = environ
      while let entry = next.pointee {
        let variable = CString(copying: entry)
        if !changed.contains(Array(SpawnRequest.name(of: variable))) { variables.append(variable) }
        next += 1
      }
    }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      guard !name.isEmpty, !name.contains("=") else {
        throw IOError(
          "run", subject + " with the environment variable \(name.debugDescription)",
          SystemError(call: "setenv", errno: EINVAL))
      }
      _ = try CString(name, as: "the environment variable")
      guard let value else { continue }
      _ = try CString(value, as: "the value of the environment variable \(name),")
      variables.append(try CString("\(name)=\(value)", as: "the environment variable"))
    }
    return variables
  }
}
