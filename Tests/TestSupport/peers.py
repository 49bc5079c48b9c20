#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""Servers by other libraries than nginx: aiohttp for HTTP/1.1, h2 for HTTP/2 without TLS, and a proxy.

Prints one line with their three ports, then a line for each request that the proxy was asked.
"""

import asyncio
import hashlib
import itertools
import json
import os
import socket
import sys
import threading

from aiohttp import web
import h2.config
import h2.connection
import h2.errors
import h2.events


def describe(method, path, headers, body):
    text = body.decode("latin-1") if len(body) < 100_000 else ""
    return {"method": method, "path": path, "headers": headers, "length": len(body), "body": text,
            "sha256": hashlib.sha256(body).hexdigest()}


# aiohttp

async def echo(request):
    body = await request.read()
    headers = {name.lower(): value for name, value in request.headers.items()}
    return web.json_response(describe(request.method, request.path_qs, headers, body))


async def form(request):
    fields = []
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            content = await part.read(decode=True)
            fields.append([part.name, part.filename, part.headers.get("Content-Type"), content.decode("latin-1")])
    else:
        fields = [[name, None, None, value] for name, value in (await request.post()).items()]
    return web.json_response(fields)


async def redirect(request):
    # The body is read, or the client could not send it again.
    await request.read()
    return web.Response(status=int(request.match_info["status"]), headers={"Location": "/echo"})


async def refuse(request):
    return web.Response(status=413, text="too large")


async def set_cookie(request):
    response = web.Response(status=302, headers={"Location": "/echo"})
    response.set_cookie("session", "s1", httponly=True)
    response.set_cookie("other", "o1", path="/elsewhere")
    return response


async def events(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    response.enable_compression(web.ContentCoding.gzip) if "gzip" in request.query else None
    await response.prepare(request)
    for number in range(3):
        await response.write(f"id: {number}\nevent: tick\ndata: {number}\ndata: more\n\n".encode())
        await response.drain()
    await response.write_eof()
    return response


async def lines(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for piece in (b"one\r\ntw", b"o\n", b"\n", b"last"):
        await response.write(piece)
    return response


async def text(request):
    kinds = {"latin1": ("text/plain; charset=ISO-8859-1", "caf\u00e9 \u201cx\u201d".encode("cp1252")),
             "utf16": ("text/plain; charset=\"UTF-16\"", "caf\u00e9".encode("utf-16")),
             "sjis": ("text/plain; charset=Shift_JIS", "\u65e5\u672c".encode("shift_jis")),
             "koi8": ("text/plain; charset=koi8-r", "\u043c\u0438\u0440".encode("koi8-r")),
             "none": ("text/plain", "caf\u00e9".encode()),
             "mark": ("text/plain; charset=utf-8", b"\xef\xbb\xbfx"),
             "bad": ("text/plain; charset=utf-8", b"a\xffb"),
             "unknown": ("text/plain; charset=no-such", b"x"),
             "hostile": ("text/plain; charset=UTF-16//IGNORE", b"xy"),
             "cut": ("text/plain; charset=utf-16le", b"a\x00b"),
             "broken": ("text/plain; charset=euc-jp", b"a\xffb")}
    kind, body = kinds[request.match_info["kind"]]
    response = web.Response(body=body)
    response.headers["Content-Type"] = kind
    return response


async def start_aiohttp():
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/echo", echo)
    app.router.add_post("/form", form)
    app.router.add_route("*", "/redirect/{status}", redirect)
    app.router.add_post("/refuse", refuse)
    app.router.add_get("/set-cookie", set_cookie)
    app.router.add_get("/events", events)
    app.router.add_get("/lines", lines)
    app.router.add_get("/text/{kind}", text)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return site._server.sockets[0].getsockname()[1]


# h2

# Of these requests the first five are not processed.
refusals = itertools.count()


class Streams:
    """A connection by h2: each request is answered when it is there whole."""

    def __init__(self, sock):
        self.sock = sock
        self.connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests = {}
        self.unsent = {}

    def run(self):
        self.connection.initiate_connection()
        self.flush()
        while data := self.sock.recv(65536):
            for event in self.connection.receive_data(data):
                self.take(event)
            self.flush()

    def flush(self):
        self.sock.sendall(self.connection.data_to_send())

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(event.headers)
            if headers[":path"] == "/refused" and next(refusals) < 5:
                self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
                return
            self.requests[event.stream_id] = (headers, bytearray())
            if headers.get("expect") == "100-continue" and headers[":path"] != "/silent":
                if headers[":path"] == "/refuse":
                    self.answer(event.stream_id, "413", b"too large")
                    return
                self.connection.send_headers(event.stream_id, [(":status", "100")])
            if headers[":path"] == "/early":
                self.connection.send_headers(event.stream_id, [(":status", "103"), ("link", "</a.css>")])
        elif isinstance(event, h2.events.DataReceived):
            if event.stream_id in self.requests:
                self.requests[event.stream_id][1].extend(event.data)
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            if event.stream_id in self.requests:
                self.respond(event.stream_id)
        elif isinstance(event, h2.events.WindowUpdated):
            self.send_rest()
        elif isinstance(event, h2.events.StreamReset):
            self.requests.pop(event.stream_id, None)
            self.unsent.pop(event.stream_id, None)

    def respond(self, stream):
        headers, body = self.requests.pop(stream)
        path = headers[":path"]
        plain = {name: value for name, value in headers.items() if not name.startswith(":")}
        if path == "/trailers":
            self.connection.send_headers(stream, [(":status", "200")])
            self.connection.send_data(stream, b"body")
            self.connection.send_headers(stream, [("x-checksum", "abc")], end_stream=True)
        elif path.startswith("/big/"):
            self.connection.send_headers(stream, [(":status", "200")])
            self.unsent[stream] = bytearray(b"x" * int(path[5:]))
            self.send_rest()
        else:
            self.answer(stream, "200", json.dumps(describe(headers[":method"], path, plain, bytes(body))).encode())

    def answer(self, stream, status, body):
        self.requests.pop(stream, None)
        self.connection.send_headers(stream, [(":status", status), ("content-length", str(len(body)))])
        self.connection.send_data(stream, body, end_stream=True)

    def send_rest(self):
        for stream, rest in list(self.unsent.items()):
            while rest:
                count = min(self.connection.local_flow_control_window(stream),
                            self.connection.max_outbound_frame_size, len(rest))
                if count <= 0:
                    break
                self.connection.send_data(stream, bytes(rest[:count]))
                del rest[:count]
            if not rest:
                self.connection.end_stream(stream)
                del self.unsent[stream]


def serve_h2(sock):
    try:
        with sock:
            Streams(sock).run()
    except (OSError, h2.exceptions.ProtocolError):
        pass


# The proxy

def relay(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def head_of(sock):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(1)
        if not piece:
            return None
        head += piece
    return head.decode("latin-1")


def serve_proxy(sock):
    """One request of a connection: CONNECT, or one that names the host itself."""
    try:
        with sock:
            while head := head_of(sock):
                method, target, _ = head.split("\r\n")[0].split(" ")
                fields = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip()
                          for line in head.split("\r\n")[1:] if ":" in line}
                print(json.dumps({"method": method, "target": target, "headers": fields}), flush=True)
                if fields.get("proxy-authorization", "") == "Basic " + "d3Jvbmc6eA==":
                    sock.sendall(b"HTTP/1.1 407 Who?\r\nContent-Length: 4\r\nProxy-Authenticate: Basic\r\n\r\nnope")
                    continue
                if method == "CONNECT":
                    host, port = target.rsplit(":", 1)
                    with socket.create_connection((host.strip("[]"), int(port))) as origin:
                        # A length here has to be ignored.
                        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n")
                        thread = threading.Thread(target=relay, args=(origin, sock), daemon=True)
                        thread.start()
                        relay(sock, origin)
                        thread.join()
                    return
                body = json.dumps({"target": target, "headers": fields}).encode()
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    except OSError:
        pass


def listen(handle):
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=handle, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


async def main():
    print(await start_aiohttp(), listen(serve_h2), listen(serve_proxy), flush=True)
    # Ends with the tests, however they do.
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main())
