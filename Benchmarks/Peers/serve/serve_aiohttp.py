# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""A server for Benchmarks/serve: PORT."""

import sys

from aiohttp import web

JSON = ('{"items":[' + '{"id":1,"name":"abcdefgh"},' * 378 + "0]}").encode()


async def hello(request):
    return web.Response(text="Hello, world!")


async def json(request):
    return web.Response(body=JSON, content_type="application/json")

app = web.Application()
app.add_routes([web.get("/", hello), web.get("/json", json)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
