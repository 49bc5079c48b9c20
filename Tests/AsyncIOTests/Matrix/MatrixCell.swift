// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

import Testing

/// What happens to one of the tasks that wait.
enum MatrixAction: String, CaseIterable, Sendable {
  /// Its task is cancelled.
  case cancel
  /// The time of a timeout around its wait is up.
  case timeout
  /// The primitive is shut down; where there is no such thing, all who wait are cancelled, as at the
  /// end of a run.
  case shutdown
  /// The primitive is granted once more.
  case release
}

/// When it happens.
enum MatrixMoment: String, CaseIterable, Sendable {
  /// In a turn before the grant.
  case before
  /// In the turn of the grant, in an order that the seed decides.
  case at
  /// Once the grant has been delivered and everybody has run.
  case after
}

/// One case of the matrix: which primitive, what happens, and when.
struct MatrixCell: Sendable, CustomStringConvertible, CustomTestStringConvertible {
  let subject: MatrixSubject
  let action: MatrixAction
  let moment: MatrixMoment

  var name: String { "\(subject.name)/\(action)/\(moment)" }
  var description: String { name }
  var testDescription: String { name }

  static let all: [MatrixCell] = MatrixSubject.all.flatMap { subject in
    MatrixAction.allCases.flatMap { action in
      MatrixMoment.allCases.map { moment in
        MatrixCell(subject: subject, action: action, moment: moment)
      }
    }
  }
}
