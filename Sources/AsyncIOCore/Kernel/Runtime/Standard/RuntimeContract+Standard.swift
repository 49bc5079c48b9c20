// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#if !(compiler(>=6.3) && compiler(<6.4)) || ASYNCIO_STANDARD_RUNTIME
  extension RuntimeContract {
    /// Nothing is cast.
    static var layout: [Check] { [] }
  }
#endif
