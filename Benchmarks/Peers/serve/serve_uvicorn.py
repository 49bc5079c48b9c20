# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""An application for Benchmarks/serve."""

JSON = ('{"items":[' + '{"id":1,"name":"abcdefgh"},' * 378 + "0]}").encode()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    isJSON = scope["path"] == "/json"
    body = JSON if isJSON else b"Hello, world!"
    kind = b"application/json" if isJSON else b"text/plain; charset=utf-8"
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
