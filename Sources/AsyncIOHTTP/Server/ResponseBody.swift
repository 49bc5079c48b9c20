// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The body of a response.
public typealias ResponseBody = HTTPServer.Response.Body
