#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""An HTTP/1.1 server that misbehaves in one way for each first path segment.

Prints one line "PORT OTHERPORT" (both are the same server), then one JSON line for each request.
Needs nothing but Python 3.11 and, for /p06/zstd, the program zstd.
"""
import gzip, json, os, socket, subprocess, sys, threading, time, zlib

CRLF = b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
connections = 0
counts = {}
lock = threading.Lock()
other = 0


def log(**what):
    with lock:
        print(json.dumps(what), flush=True)


class Request:
    def __init__(self, file):
        line = file.readline(1 << 20)
        if not line:
            raise EOFError
        self.method, self.path, _ = (line.decode("latin-1").split(" ") + ["", ""])[:3]
        self.headers = {}
        while (line := file.readline(1 << 20)) not in (CRLF, b""):
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.length = int(self.headers.get("content-length", 0))
        self.file = file
        self.body = None

    def read(self):
        if self.body is None:
            self.body = self.file.read(self.length)
        return self.body

    def describe(self):
        return dict(method=self.method, path=self.path, headers=self.headers,
                    body=self.read().decode("latin-1")[:200], length=len(self.read()))


def full(body, *headers, status=b"200 OK"):
    """A whole response."""
    lines = [b"HTTP/1.1 " + status, *[h if isinstance(h, bytes) else h.encode() for h in headers],
             b"Content-Length: %d" % len(body)]
    return CRLF.join(lines) + CRLF + CRLF + body


def head(status, *headers):
    """A head with exactly these fields."""
    return CRLF.join([b"HTTP/1.1 " + status.encode(), *[h.encode("latin-1") for h in headers]]) + CRLF * 2


def chunked(*pieces, trailer=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n" + trailer + CRLF


# Each answers; what it returns is sent; None closes without a word; "close" after sending closes.

def p01(q, c):  # /p01/303/a redirects, /p01/target says what came
    parts = q.path.split("/")
    if parts[2] == "target":
        return full(json.dumps(q.describe()).encode())
    return head(parts[2] + " Moved", "Location: /p01/target", "Content-Length: 0")


def p03(q, c):  # the second request on a connection is read whole and never answered
    c.served += 1
    with lock:
        counts[q.path] = counts.get(q.path, 0) + 1
    if c.served == 2:
        return None
    return full(json.dumps(counts).encode())


def p04(q, c):  # lengths of what a GET would have sent
    status = "304 Not Modified" if "if-none-match" in q.headers else "200 OK"
    return head(status, "Content-Length: 100000000", 'ETag: "x"')


def p05(q, c):  # a head, silence, a body
    c.sock.sendall(head(q.path.split("/")[2] + " X", "Content-Type: text/event-stream", "Connection: close"))
    time.sleep(2)
    c.sock.sendall(b"data: 1\n\n")
    time.sleep(0.3)
    return "close"


zeros = {}


def p06(q, c):  # /p06/gzip/300: so many MB of zeros
    coding, size = q.path.split("/")[2:4]
    if (coding, size) not in zeros:
        n = int(size) << 20
        if coding == "gzip":
            z = zlib.compressobj(9, zlib.DEFLATED, 31)
            body = b"".join(z.compress(bytes(1 << 20)) for _ in range(int(size))) + z.flush()
        else:
            tool = {"zstd": "zstd -q -c", "br": "brotli -c"}[coding]
            body = subprocess.run(f"head -c {n} /dev/zero | {tool}", shell=True, capture_output=True).stdout
        zeros[coding, size] = body
    body = zeros[coding, size]
    log(coding=coding, compressed=len(body))
    return full(body, "Content-Encoding: " + coding)


def p08(q, c):  # two members
    return full(gzip.compress(b"foo") + gzip.compress(b"bar"), "Content-Encoding: gzip")


def p09(q, c):  # a coding nobody knows, or a lie
    return full(b"plain text", "Content-Encoding: " + q.path.split("/")[2])


def p11(q, c):  # 3xx that is not to be followed
    status = q.path.split("/")[2]
    body = "" if status == "304" else "choose"
    return head(status + " X", f"Location: {q.path}", f"Content-Length: {len(body)}") + body.encode()


def p13(q, c):  # folded lines
    return full(b"", b"X-Long: one\r\n two\r\n\tthree", b"Content-Type: multipart/mixed;\r\n boundary=abc",
                b"X-Fold-Colon: a\r\n Injected: b")


def p14(q, c):  # bytes that are not UTF-8
    return full(b"", b'Content-Disposition: attachment; filename="r\xe9sum\xe9.pdf"', b"X-Mark: \xcc\x81abc")


def p15(q, c):
    kind = q.path.split("/")[2]
    trailer = b"Content-Length: 99999999999\r\nSet-Cookie: a=b\r\nX-Trailer: t\r\n"
    if kind == "a":
        return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(trailer=trailer)
    if kind == "b":
        return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc", trailer=trailer)
    if kind == "d":  # identical ones may be folded
        return OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"
    if kind == "e":
        return OK + b"Content-Length: 20\r\nContent-Length: 3\r\n\r\nabc"
    return OK + b"Content-Length: 3\r\nContent-Length: 20\r\n\r\nabc"


def p16(q, c):  # a cookie, and back to itself
    if "seen=1" in q.headers.get("cookie", ""):
        return full(b"page")
    return head("302 Found", f"Location: {q.path}", "Set-Cookie: seen=1", "Content-Length: 0")


def p17(q, c):  # a proxy that wants a password
    return head("407 Proxy Authentication Required", "Proxy-Authenticate: Basic", "Content-Length: 0")


def p19(q, c):
    kind = q.path.split("/")[2]
    if kind == "a":  # to another port
        return head("302 Found", f"Location: http://127.0.0.1:{other}/echo", "Content-Length: 0")
    if kind == "b":  # 413 at once, then closes with the rest unread
        c.sock.sendall(full(b"no", "Connection: close", status=b"413 Too Large"))
        return "reset"
    if kind == "blinger":  # the same, but reads the rest first
        c.sock.sendall(full(b"no", "Connection: close", status=b"413 Too Large"))
        q.read()
        return "close"
    if kind == "c":
        return (head("103 Early Hints", "Link: </a.css>", "X-Early: 1") + head("100 Continue", "X-Cont: 1")
                + full(b"ok", "X-Final: 1"))
    whole = gzip.compress(b"0123456789" * 10000, mtime=0)
    return full(whole[:len(whole) // 2 if kind == "d" else -4], "Content-Encoding: gzip")


def echo(q, c):
    return full(json.dumps(q.describe()).encode())


def wait(q, c):  # /wait/0.5
    time.sleep(float(q.path.split("/")[2]))
    return full(b"waited")


def status(q, c):  # /status/404
    return full(b"page of an error", status=q.path.split("/")[2].encode() + b" X")


handlers = dict(p01=p01, p03=p03, p04=p04, p05=p05, p06=p06, p08=p08, p09=p09, p11=p11, p13=p13, p14=p14,
                p15=p15, p16=p16, p17=p17, p19=p19, echo=echo, wait=wait, status=status)


class Connection:
    served = 0

    def __init__(self, sock):
        global connections
        self.sock = sock
        with lock:
            connections += 1
            self.number = connections
        file = sock.makefile("rb")
        try:
            while True:
                q = Request(file)
                name = q.path.split("/")[1] if q.path.startswith("/") else "p17"
                if name == "p19" and "/b" in q.path:
                    log(connection=self.number, method=q.method, path=q.path, length=q.length)
                else:
                    log(connection=self.number, **q.describe())
                answer = handlers.get(name, echo)(q, self)
                if answer == "reset":
                    sock.close(), file.close()
                    return
                if answer in (None, "close"):
                    break
                if q.method == "HEAD":
                    answer = answer[:answer.index(CRLF * 2) + 4]
                sock.sendall(answer)
        except (EOFError, OSError, ValueError) as e:
            if not isinstance(e, EOFError):
                log(connection=self.number, error=repr(e))
        finally:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            file.close()
            sock.close()


def listen():
    s = socket.create_server(("127.0.0.1", 0), backlog=512)

    def run():
        while True:
            sock, _ = s.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection, args=(sock,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return s.getsockname()[1]


if __name__ == "__main__":
    main, other = listen(), listen()
    print(main, other, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # Until the program that started this ends.
        time.sleep(0.2)
