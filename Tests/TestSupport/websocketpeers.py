#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""WebSockets by other libraries: Python's websockets, and wsproto.

    websocketpeers.py serve           two servers that echo: prints their ports, websockets first
    websocketpeers.py client URL      sends messages by both libraries, and prints a line of JSON for what came back of each
"""

import asyncio
import hashlib
import json
import os
import socket
import sys
import threading

import websockets
import wsproto
from wsproto import ConnectionType, WSConnection
from wsproto.events import (AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage)
from wsproto.extensions import PerMessageDeflate

SIZES = [0, 1, 125, 126, 127, 128, 1023, 1024, 65535, 65536, 300_000]


def text(size):
    return ("aä€𝄞" * size)[:size]


def payload(size):
    return bytes(i * 7 % 251 for i in range(size))


async def echo(connection):
    async for message in connection:
        if message == "close 4001":
            await connection.close(4001, "as you wish")
            return
        if message == "fragments":
            await connection.send(iter(["frag", "men", "ts"]))
            continue
        await connection.send(message)


def wsproto_echo(stream):
    connection = WSConnection(ConnectionType.SERVER)
    while True:
        data = stream.recv(65536)
        connection.receive_data(data or None)
        for event in connection.events():
            if isinstance(event, Request):
                accepted = [PerMessageDeflate()] if any("deflate" in e for e in event.extensions) else []
                stream.sendall(connection.send(AcceptConnection(extensions=accepted)))
            elif isinstance(event, Ping):
                stream.sendall(connection.send(event.response()))
            elif isinstance(event, (TextMessage, BytesMessage)):
                # In pieces as they come: each is a frame.
                stream.sendall(connection.send(type(event)(data=event.data, message_finished=event.message_finished)))
            elif isinstance(event, CloseConnection):
                stream.sendall(connection.send(event.response()))
                stream.close()
                return
        if not data:
            return


def serve_wsproto(listener):
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=wsproto_echo, args=(stream,), daemon=True).start()


def end_with_parent():
    parent = os.getppid()

    async def watch():
        while os.getppid() == parent:
            await asyncio.sleep(0.5)
        os._exit(0)
    return watch()


async def serve():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_wsproto, args=(listener,), daemon=True).start()
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["chat", "superchat"], max_size=None) as server:
        print(server.sockets[0].getsockname()[1], listener.getsockname()[1], flush=True)
        await end_with_parent()


async def client(url):
    for compression in (None, "deflate"):
        async with websockets.connect(url, compression=compression, max_size=None, subprotocols=["chat"]) as connection:
            results = []
            for size in SIZES:
                for message in (text(size), payload(size)):
                    await connection.send(message)
                    results.append(await connection.recv() == message)
            await connection.send(iter([text(1000)] * 5))
            results.append(await connection.recv() == text(1000) * 5)
            await (await connection.ping(b"hello"))
            await connection.close(4002, "enough")
            print(json.dumps({"by": "websockets", "all": all(results), "count": len(results), "code": connection.close_code,
                              "reason": connection.close_reason, "subprotocol": connection.subprotocol,
                              "deflate": bool(connection.extensions)}), flush=True)
    wsproto_client(url)


def wsproto_client(url):
    host, port = url.split("//")[1].split("/")[0].split(":")
    stream = socket.create_connection((host, int(port)))
    connection = WSConnection(ConnectionType.CLIENT)
    stream.sendall(connection.send(Request(host=f"{host}:{port}", target="/echo", extensions=[PerMessageDeflate()])))
    sent, received, pieces, code = [], [], [], None
    while code is None:
        data = stream.recv(65536)
        connection.receive_data(data or None)
        for event in connection.events():
            if isinstance(event, AcceptConnection):
                for size in SIZES:
                    message = payload(size)
                    sent.append(message)
                    stream.sendall(connection.send(BytesMessage(data=message)))
            elif isinstance(event, BytesMessage):
                pieces.append(bytes(event.data))
                if event.message_finished:
                    received.append(b"".join(pieces))
                    pieces = []
                if len(received) == len(SIZES):
                    stream.sendall(connection.send(CloseConnection(code=1000, reason="done")))
            elif isinstance(event, CloseConnection):
                code = event.code
    print(json.dumps({"by": "wsproto", "all": sent == received, "count": len(received), "code": code,
                      "reason": "done", "subprotocol": None, "deflate": True}), flush=True)


asyncio.run(serve() if sys.argv[1] == "serve" else client(sys.argv[2]))
