// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

/// The connection takes no more of a body, for reasons of its own.
struct UploadEnded: Error {}
