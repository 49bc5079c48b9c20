#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""The servers that the tests talk to, on loopback and free ports: nginx, and one that misbehaves.

Prints one JSON line with the ports and files once both serve, and ends, with nginx, when its parent has
ended, however that did.
"""

import collections
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

NGINX = """
daemon off;
master_process off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  server {{
    listen 127.0.0.1:{http};
    root {dir}/www;
    keepalive_requests 100000;
    location /gzip.txt {{ gzip on; gzip_min_length 1; gzip_types text/plain; }}
    location /redirect {{ return 302 /hello.txt; }}
    location /loop {{ return 302 /loop; }}
    location /echo {{ return 200 "$request_method $http_x_test $content_length\\n"; }}
    location /connection {{ return 200 "$connection\\n"; }}
    location /json {{ default_type application/json; return 200 '{{"b": 1, "a": [{{}}]}}'; }}
    location /status/503 {{ return 503; }}
  }}
  server {{
    listen 127.0.0.1:{https} ssl http2;
    ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem;
    root {dir}/www;
    location /connection {{ return 200 "$connection\\n"; }}
  }}
  server {{
    listen 127.0.0.1:{twice} ssl http2;
    keepalive_requests 2;
    ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem;
    root {dir}/www;
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_served(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit(f"nothing answers on port {port}")


def start_nginx(directory):
    www = os.path.join(directory, "www")
    os.mkdir(www)
    os.chmod(directory, 0o755)
    with open(os.path.join(www, "hello.txt"), "w") as file:
        file.write("hello\n")
    with open(os.path.join(www, "gzip.txt"), "w") as file:
        file.write("x" * 10_000)
    with open(os.path.join(www, "big.bin"), "wb") as file:
        file.write(bytes(range(256)) * 40_960)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ports = {"http": free_port(), "https": free_port(), "twice": free_port()}
    config = os.path.join(directory, "nginx.conf")
    with open(config, "w") as file:
        file.write(NGINX.format(dir=directory, **ports))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen(
        [binary, "-c", config, "-p", directory], stdin=subprocess.DEVNULL,
        stdout=sys.stderr, stderr=subprocess.DEVNULL)
    wait_until_served(ports["http"])
    wait_until_served(ports["https"])
    return process, ports


counts = collections.Counter()
lock = threading.Lock()


def respond(connection, status, body=b"", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def reset(connection):
    # A close with SO_LINGER 0 sends RST.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def misbehave(connection, path):
    name = path.split("?")[0]
    with lock:
        counts[path] += 1
        count = counts[path]
    if name == "/stall":
        connection.recv(1)  # until the client gives up
    elif name == "/stall-body":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        connection.recv(1)
    elif name == "/reset":
        reset(connection)
    elif name == "/reset-body":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000)
        time.sleep(0.05)
        reset(connection)
    elif name == "/short":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
    elif name == "/endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
    elif name == "/slow-loris":
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    elif name == "/garbage":
        connection.sendall(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
    elif name == "/flaky":  # two resets, then an answer
        reset(connection) if count <= 2 else respond(connection, "200 OK", b"at last")
    elif name == "/busy":  # one 429 with Retry-After, then an answer
        if count == 1:
            respond(connection, "429 Too Many Requests", headers=["Retry-After: 1"])
        else:
            respond(connection, "200 OK", b"welcome")
    elif name == "/failing":
        respond(connection, "503 Service Unavailable")
    elif name == "/count":
        with lock:
            respond(connection, "200 OK", str(counts[path.split("?")[1]]).encode())
    elif name == "/wait":
        time.sleep(float(path.split("?")[1]))
        respond(connection, "200 OK", b"waited")
    else:
        respond(connection, "200 OK", b"fine")


def handle(connection):
    try:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            misbehave(connection, request.split(b" ")[1].decode())
    except OSError:
        pass


def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


def main():
    directory = tempfile.mkdtemp(prefix="asyncio-tests-")
    nginx = None
    parent = os.getppid()
    try:
        nginx, ports = start_nginx(directory)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        ports |= {"bad": listener.getsockname()[1], "closed": free_port()}
        print(json.dumps(ports | {"certificate": f"{directory}/cert.pem"}), flush=True)
        while os.getppid() == parent:
            time.sleep(0.1)
    finally:
        if nginx:
            nginx.kill()
            nginx.wait()
        shutil.rmtree(directory, ignore_errors=True)


main()
