// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Users write one import.
@_exported public import AsyncIOCore
// Users of `Files` and `Subprocess` write paths, and need not name the package they come from.
@_exported public import struct SystemPackage.FilePath
