// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Users write one import.
@_exported public import AsyncIOCore
// Who uses `Files` and `Subprocess` writes paths, and should not have to name the package they come from.
@_exported public import struct SystemPackage.FilePath
