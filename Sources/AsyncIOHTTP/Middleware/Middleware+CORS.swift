// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

internal import AsyncIO
internal import HTTPTypes

extension Middleware {
  /// Lets pages of other origins use what is inside it; answers the questions that browsers ask before.
  public static func cors(_ options: CORSOptions = CORSOptions()) -> Middleware {
    require(
      !options.allowsCredentials || options.origins != nil,
      "Middleware.cors: with credentials the origins must be named")
    return Middleware { request, next in
      guard let origin = request.header(Name.origin) else { return try await next(request) }
      let isAllowed = options.origins?.contains(origin) ?? true
      var fields = HTTPFields()
      if isAllowed {
        fields[Name.allowOrigin] = options.origins == nil ? "*" : origin
        if options.allowsCredentials { fields[Name.allowCredentials] = "true" }
      }
      let isQuestion = request.method == .options && request.header(Name.requestMethod) != nil
      if isQuestion {
        if isAllowed { answer(options, request, &fields) }
        add(Name.variants, to: &fields)
        return HTTPServer.Response(status: .noContent, headers: fields)
      }
      if isAllowed, !options.exposedHeaders.isEmpty {
        fields[Name.exposeHeaders] = options.exposedHeaders.joined(separator: ", ")
      }
      do {
        var response = try await next(request)
        merge(fields, options, into: &response.headers)
        return response
      } catch let error as any HTTPStatusError {
        var headers = error.headers
        merge(fields, options, into: &headers)
        throw StatusError(error.status, error.message, headers: headers)
      }
    }
  }

  private enum Name {
    static let origin = HTTPField.Name.token("Origin")
    static let requestMethod = HTTPField.Name.token("Access-Control-Request-Method")
    static let requestHeaders = HTTPField.Name.token("Access-Control-Request-Headers")
    static let allowOrigin = HTTPField.Name.token("Access-Control-Allow-Origin")
    static let allowCredentials = HTTPField.Name.token("Access-Control-Allow-Credentials")
    static let allowMethods = HTTPField.Name.token("Access-Control-Allow-Methods")
    static let allowHeaders = HTTPField.Name.token("Access-Control-Allow-Headers")
    static let exposeHeaders = HTTPField.Name.token("Access-Control-Expose-Headers")
    static let maxAge = HTTPField.Name.token("Access-Control-Max-Age")
    static let variants =
      "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
  }

  private static func answer(
    _ options: CORSOptions, _ request: HTTPServer.Request, _ fields: inout HTTPFields
  ) {
    fields[Name.allowMethods] = options.methods.map(\.rawValue).joined(separator: ", ")
    fields[Name.allowHeaders] =
      options.headers?.joined(separator: ", ") ?? request.header(Name.requestHeaders)
    fields[Name.maxAge] = String(options.maxAge.components.seconds)
  }

  private static func merge(
    _ fields: HTTPFields, _ options: CORSOptions, into headers: inout HTTPFields
  ) {
    for field in fields { headers[field.name] = field.value }
    if options.origins != nil { add("Origin", to: &headers) }
  }

  private static func add(_ variant: String, to fields: inout HTTPFields) {
    fields[.vary] = [fields[.vary], variant].compactMap(\.self).joined(separator: ", ")
  }
}
