#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""A client of HTTP/2 that floods a server, by frames of its own: h2flood.py PORT KIND

Prints how many frames it could send before the server has ended the connection, or `open` if it has not.
"""

import socket
import struct
import sys

import hpack

port, kind = int(sys.argv[1]), sys.argv[2]
MOST = 200_000


def frame(type, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([type, flags]) + struct.pack(">I", stream) + payload


def head(extra=()):
    return hpack.Encoder().encode([(":method", "GET"), (":scheme", "http"), (":path", "/slow"), (":authority", "a"), *extra],
                                  huffman=False)


def floods():
    stream = 1
    if kind == "continuation":
        yield frame(1, 0, 1, head())
        while True:
            yield frame(9, 0, 1, b"\x00\x01a\x01b")
    while True:
        if kind == "reset":
            yield frame(1, 5, stream, head()) + frame(3, 0, stream, struct.pack(">I", 8))
        elif kind == "ping":
            yield frame(6, 0, 0, b"12345678")
        elif kind == "settings":
            yield frame(4, 0, 0)
        elif kind == "empty":
            if stream == 1:
                yield frame(1, 4, 1, head())
            yield frame(0, 0, 1)
        elif kind == "made":
            # The server has to reset: a window that overflows.
            yield frame(1, 4, stream, head()) + frame(8, 0, stream, struct.pack(">I", 0x7FFFFFFF))
        elif kind == "bomb":
            # A large field, referred to again and again.
            encoder = hpack.Encoder()
            fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("x", "y" * 3000)]
            block = encoder.encode(fields, huffman=False) + b"\xbe" * 5000
            yield frame(1, 5, stream, block)
        stream += 2


connection = socket.create_connection(("127.0.0.1", port))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
connection.settimeout(10)
sent = 0
try:
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
    for one in floods():
        connection.sendall(one)
        sent += 1
        if sent >= MOST:
            break
        if sent % 100 == 0:
            connection.setblocking(False)
            try:
                while connection.recv(65536):
                    pass
                break
            except BlockingIOError:
                pass
            finally:
                connection.settimeout(10)
except OSError:
    pass
print("open" if sent >= MOST else sent)
