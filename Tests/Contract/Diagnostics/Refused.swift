// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Does not compile; each line that is refused says what the compiler has to say of it.

import AsyncIO
import Foundation

func blocked() async throws {
  sleep(1)  // refused: 'async'
}

func nested() async throws {
  _ = try EventLoop.run { 1 }  // refused: in async code just await
}
