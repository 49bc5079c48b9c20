#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""Runs a command under a pseudo-terminal, types a line and the end of the input, or Ctrl-C, once the command's child
waits for input, and says what came and whether the command ended."""
import os, pty, select, signal, subprocess, sys, time

keys = {"line": b"hello\n\x04", "interrupt": b"\x03"}[sys.argv[1]]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])


def children():
    return subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True).stdout


deadline = time.time() + 30
while "cat" not in children() and time.time() < deadline:
    time.sleep(0.005)
os.write(terminal, keys)
output, ended = b"", False
while time.time() < deadline and not ended:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            piece = b""
        output += piece
        ended = not piece
if not ended:
    os.kill(pid, signal.SIGKILL)
print(output.decode(errors="replace").replace("\r", ""))
print("ended" if ended else "hangs: " + children())
