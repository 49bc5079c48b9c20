#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""HTTP/2 by hand; one port for each way to misbehave. With CERT KEY: over TLS.

Prints "NAME PORT" lines, then requests.
"""
import os, socket, ssl, struct, sys, threading, time

tls = None
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[1], sys.argv[2])
    tls.set_alpn_protocols(["h2"])

HEADERS, DATA, RST, SETTINGS, PING, GOAWAY = 1, 0, 3, 4, 6, 7
seen = {}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def answer(stream, body=b"hello"):
    return frame(HEADERS, 4, stream, b"\x88") + frame(DATA, 1, stream, body)  # 0x88: ":status: 200"


def serve(name, sock):
    try:
        talk(name, sock)
    except OSError:
        sock.close()


def talk(name, sock):
    global seen
    try:
        sock = tls.wrap_socket(sock, server_side=True) if tls else sock
    except OSError:
        return
    seen[name] = seen.get(name, 0) + 1
    connection = seen[name]
    file = sock.makefile("rb")
    file.read(24)
    sock.sendall(frame(SETTINGS, 0, 0))
    waiting = []
    while len(head := file.read(9)) == 9:
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream = int.from_bytes(head[5:], "big")
        file.read(length)
        if kind == SETTINGS and not flags & 1:
            sock.sendall(frame(SETTINGS, 1, 0))
        if kind == PING and not flags & 1:
            sock.sendall(frame(PING, 1, 0, bytes(8)))
        if kind == HEADERS:
            print(name, "connection", connection, "stream", stream, flush=True)
        if name == "early" and kind == HEADERS:  # RFC 9113 8.1: the whole answer, before the body; then "no error"
            sock.sendall(answer(stream) + frame(RST, 0, stream, bytes(4)))
            continue
        if not (kind in (HEADERS, DATA) and flags & 1):
            continue
        if name == "late":  # the same after the whole request
            sock.sendall(answer(stream) + frame(RST, 0, stream, bytes(4)))
        elif name == "refused" and connection == 1 and stream <= 3:  # RFC 9113 8.7: not processed
            sock.sendall(frame(RST, 0, stream, struct.pack(">I", 7)))
        elif name == "drop" and stream > 1:  # as P03: read whole, closed without a word
            break
        elif name == "goaway" and connection == 1:  # RFC 9113 6.8: only stream 1 was processed
            waiting.append(stream)
            if len(waiting) == int(sys.argv[3] if len(sys.argv) > 3 else 3):
                sock.sendall(frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)) + answer(1))
                time.sleep(0.1)
                break
        else:
            sock.sendall(answer(stream))
    file.close()
    sock.close()


for name in ["plain", "early", "late", "refused", "goaway", "drop"]:
    listener = socket.create_server(("127.0.0.1", 0))
    print(name, listener.getsockname()[1], flush=True)

    def run(name=name, listener=listener):
        while True:
            threading.Thread(target=serve, args=(name, listener.accept()[0]), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
print("-", flush=True)
parent = os.getppid()
while os.getppid() == parent:  # Until the program that started this ends.
    time.sleep(0.2)
