# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""What can be counted and repeats, where time does not: instructions, allocations and system calls of a run."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parent / ".build-bench" / "release"
# The hot paths whose instructions are counted, each with two numbers of operations.
PATHS = {
    "spawn": (2_000, 12_000),
    "yield1": (5_000, 55_000),
    "pingpong": (2_000, 12_000),
    "queue": (4_000, 44_000),
    "semaphore": (10_000, 30_000),
    "gather": (200, 1_200),
    "timeout": (1_000, 6_000),
    "children": (500, 2_500),
    "stream": (1_000, 6_000),
    "timer1": (5_000, 55_000),
}


def stripped(name, built=BUILT):
    """A copy of a program without debug information, of which old versions of valgrind read only some."""
    program = built / name
    if not program.exists():
        sys.exit(f"error: {program} is not built; make check-speed does that")
    copy = pathlib.Path(tempfile.gettempdir()) / f"{name}-{built.parent.name}-{os.getpid()}"
    subprocess.run(["strip", "--strip-debug", "-o", str(copy), str(program)], check=True)
    return copy


def environment(**more):
    # epoll, so that the machine does not matter; one seed for the hashes of dictionaries.
    return dict(os.environ, ASYNCIO_BACKEND="epoll", SWIFT_DETERMINISTIC_HASHING="1", **more)


def found_in(pattern, command, **more):
    """The number that a program's errors name."""
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True)
    found = re.search(pattern, done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"error: {' '.join(map(str, command))} failed: {done.stderr.strip()[-400:]}")
    return int(found.group(1))


def instructions(program, bench, count, *options):
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return found_in(r"Collected : (\d+)", [*callgrind, str(program), bench, str(count), *options])


def allocation_counter():
    """A library that counts what is allocated, to be loaded before libc."""
    library = pathlib.Path(tempfile.gettempdir()) / f"count-allocations-{os.getpid()}.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(HERE / "allocations.c"), "-ldl"], check=True)
    return library


def allocations(library, program, bench, count):
    return found_in(r"allocations: (\d+)", [str(program), bench, str(count)], LD_PRELOAD=str(library))


def system_calls(program, bench, count):
    return found_in(r"\n\S+\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total", ["strace", "-c", "-f", str(program), bench, str(count)])


def for_each(count, low, high):
    """What one operation takes, of two runs with different numbers of them: without the start of the program."""
    return (count(high) - count(low)) / (high - low)
