// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// Names a stream of a connection, RFC 9113 section 5.1.1.
package typealias StreamID = Int32
