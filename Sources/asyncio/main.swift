import AsyncIO
import AsyncIOHTTP
import Foundation

let urls = Array(CommandLine.arguments.dropFirst())
exit(LoopProgramRunner.run {
  let client = HTTPClient()
  for r in await gatherResults(urls, limit: 10, { url in try await client.get(url) }) {
    switch r {
    case .success(let page): print(page.status, page.body.count, page.url, page.head.version, page.headers.count)
    case .failure(let error): print("failed", error, (error as? HTTPError)?.code as Any)
    }
  }
  do { _ = try await withTimeout(.milliseconds(200)) { try await client.get(urls[0] + "?x") } } catch { print(error) }
})
