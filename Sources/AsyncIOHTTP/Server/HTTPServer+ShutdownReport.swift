// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

public import HTTPTypes

extension HTTPServer {
  /// What became of the requests that were under way when a server was stopped.
  public struct ShutdownReport: Sendable, Hashable, CustomStringConvertible {
    /// Those that had not ended in time, and were cancelled.
    public var cancelled: [UnfinishedRequest] = []

    /// A line for each request that was cancelled.
    public var description: String {
      cancelled.isEmpty
        ? "all requests were answered"
        : "cancelled: " + cancelled.map(\.description).joined(separator: ", ")
    }
  }

  /// A request that is under way.
  public struct UnfinishedRequest: Sendable, Hashable, CustomStringConvertible {
    /// Its method.
    public let method: HTTPRequest.Method
    /// Its path, without the query.
    public let path: String
    /// How long ago its head came.
    public let age: Duration

    /// The method, the path and the age.
    public var description: String { "\(method.rawValue) \(path) (\(age))" }
  }
}
