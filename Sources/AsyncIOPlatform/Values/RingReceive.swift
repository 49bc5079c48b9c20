// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// What a ring brings by itself for a descriptor once it was asked.
package enum RingReceive {
  /// The bytes of a stream, again and again.
  case bytes
  /// The bytes of a stream, a piece each time it is asked.
  ///
  /// For Unix sockets: Linux 6.17 and 6.18 may keep an end to themselves that comes together with the last
  /// bytes, when they are asked for both at once.
  case piece
  /// The connections to a listening socket, as many as there are.
  case connections
  /// One connection each time it is asked.
  case connection
  /// Nothing: each call is a request.
  case nothing

  package var isOfConnections: Bool { self == .connections || self == .connection }
}
