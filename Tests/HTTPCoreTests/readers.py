#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""What other readers of HTTP/1.1 make of bytes: h11, Python's http.client, and http_parser as Debian has it.

Reads lines "request HEX" or "response HEX", and answers each with a line of JSON: for each reader {"line", "body"} if it has
read a whole message, null if it wants more, or {"error"} if it refuses.
"""
import ctypes
import http.client
import io
import json
import sys

import h11


def with_h11(is_request, data):
    connection = h11.Connection(h11.SERVER if is_request else h11.CLIENT)
    if not is_request:
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    line, body = None, b""
    has_ended = False
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if is_request or has_ended or line is None:
                return None
            has_ended = True
            connection.receive_data(b"")
        elif isinstance(event, h11.Request):
            line = f"{event.method.decode()} {event.target.decode('latin-1')}"
        elif isinstance(event, (h11.Response, h11.InformationalResponse)):
            line = f"{event.status_code}"
            if event.status_code < 200:
                return dict(line=line, body="")
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return dict(line=line, body=body.hex())
        else:
            return dict(error=repr(event))


class FakeSocket:
    def __init__(self, data):
        self.file = io.BytesIO(data)

    def makefile(self, mode):
        return self.file


def with_http_client(is_request, data):
    if is_request:
        return None
    response = http.client.HTTPResponse(FakeSocket(data), method="GET")
    response.begin()
    return dict(line=str(response.status), body=response.read().hex())


class Parser(ctypes.Structure):
    _fields_ = [
        ("bits", ctypes.c_uint), ("nread", ctypes.c_uint32), ("content_length", ctypes.c_uint64),
        ("http_major", ctypes.c_ushort), ("http_minor", ctypes.c_ushort), ("status", ctypes.c_uint16),
        ("method", ctypes.c_uint8), ("error_and_upgrade", ctypes.c_uint8), ("data", ctypes.c_void_p)]


ON_EVENT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Parser))
ON_DATA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Parser), ctypes.c_void_p, ctypes.c_size_t)


class Settings(ctypes.Structure):
    _fields_ = [
        ("on_message_begin", ON_EVENT), ("on_url", ON_DATA), ("on_status", ON_DATA), ("on_header_field", ON_DATA),
        ("on_header_value", ON_DATA), ("on_headers_complete", ON_EVENT), ("on_body", ON_DATA),
        ("on_message_complete", ON_EVENT), ("on_chunk_header", ON_EVENT), ("on_chunk_complete", ON_EVENT)]


library = ctypes.CDLL("libhttp_parser.so.2.9")
library.http_parser_execute.restype = ctypes.c_size_t
library.http_parser_execute.argtypes = [ctypes.POINTER(Parser), ctypes.POINTER(Settings), ctypes.c_char_p, ctypes.c_size_t]
library.http_method_str.restype = ctypes.c_char_p
library.http_errno_name.restype = ctypes.c_char_p


def with_http_parser(is_request, data):
    found = dict(url=b"", body=b"", is_complete=False)

    def collect(name):
        def add(parser, start, count):
            if not found["is_complete"]:
                found[name] += ctypes.string_at(start, count)
            return 0
        return ON_DATA(add)

    def complete(parser):
        found["is_complete"] = True
        found["status"], found["method"] = parser.contents.status, parser.contents.method
        # What follows is another message's.
        library.http_parser_pause(parser, 1)
        return 0

    nothing, no_data = ON_EVENT(lambda parser: 0), ON_DATA(lambda parser, start, count: 0)
    settings = Settings(nothing, collect("url"), no_data, no_data, no_data, nothing, collect("body"), ON_EVENT(complete),
                        nothing, nothing)
    parser = Parser()
    library.http_parser_init(ctypes.byref(parser), 0 if is_request else 1)
    library.http_parser_execute(ctypes.byref(parser), ctypes.byref(settings), data, len(data))
    error = parser.error_and_upgrade & 0x7F
    if not found["is_complete"] and error == 0 and not is_request:
        library.http_parser_execute(ctypes.byref(parser), ctypes.byref(settings), b"", 0)
        error = parser.error_and_upgrade & 0x7F
    if not found["is_complete"]:
        return dict(error=library.http_errno_name(error).decode()) if error else None
    line = str(found["status"])
    if is_request:
        line = f"{library.http_method_str(found['method']).decode()} {found['url'].decode('latin-1')}"
    return dict(line=line, body=found["body"].hex())


readers = dict(h11=with_h11, client=with_http_client, parser=with_http_parser)


def verdict(reader, is_request, data):
    try:
        return reader(is_request, data)
    except Exception as error:  # Whatever it is, it refuses.
        return dict(error=f"{type(error).__name__}: {error}")


for text in sys.stdin:
    kind, data = text.split()
    print(json.dumps({name: verdict(reader, kind == "request", bytes.fromhex(data)) for name, reader in readers.items()}),
          flush=True)
