# Targets for people and for CI. `make help` lists them.

SHELL := /bin/bash
SWIFT ?= swift

.PHONY: help setup build tour test standard quick behaviours contract ecosystem sanitize fuzz soak bench check-speed check-detection compare-runtime docs lint format clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Install what a bare machine lacks (with apt)
	@./Scripts/setup

build: setup ## Build everything
	$(SWIFT) build

tour: setup ## Build, and run the guided tour
	$(SWIFT) build --product asyncio
	$(SWIFT) run --skip-build asyncio tour

# Everything on both back ends; where there is no io_uring, epoll has two turns.
BACKENDS := io_uring epoll

test: setup ## All tests on both back ends: unit tests, programs, client and neighbour packages, examples, style
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter '$(PURE)'
	for backend in $(BACKENDS); do for tests in "--skip StressTests|$(PURE)" "--filter StressTests"; do \
	  ASYNCIO_BACKEND=$$backend $(SWIFT) test --skip-build $$tests || exit 1; done; done
	$(MAKE) contract ecosystem lint behaviours

quick: setup ## The tests of the library on one back end, without the long ones: under two minutes after the first build
	$(SWIFT) build --build-tests
	ASYNCIO_SEEDS='0..<20' $(SWIFT) test --skip-build --filter 'AsyncIOTests|AsyncIOTLSTests' \
	  --skip 'StressTests|StandstillTests|LeakTests|gibibyte'

standard: setup ## The tests with the implementation of the runtime's door that takes nothing for granted
	$(SWIFT) build --build-tests $(STANDARD)
	$(BRIEF) $(SWIFT) test --skip-build $(STANDARD) --filter 'AsyncIOTests|AsyncIOTLSTests|ExampleTests|ConnectionTests|CancellationTests|ServerTests'

# Not looked at in a debugger.
STANDARD := --scratch-path .build-standard -debug-info-format none -Xswiftc -DASYNCIO_STANDARD_RUNTIME

behaviours: ## Check that every catalogued behaviour has a test
	./Scripts/check-behaviours

contract: setup ## Compile the call sites that programs rely on, as two client packages, and those that are refused
	$(SWIFT) build --target AsyncIO
	./Scripts/check-diagnostics
	$(SWIFT) build -debug-info-format none --package-path Tests/Contract/Plain --scratch-path .build-contract-plain
	$(SWIFT) build -debug-info-format none --package-path Tests/Contract/MainActor --scratch-path .build-contract-main

# Optimised, as programs are when they are used: some faults show only there.
ECOSYSTEM := -c release -debug-info-format none --package-path Tests/Ecosystem --scratch-path .build-ecosystem

ecosystem: setup ## Programs that use the library beside other packages, built for release
	$(SWIFT) build --build-tests $(ECOSYSTEM)
	$(SWIFT) test --skip-build $(ECOSYSTEM)

# What the sanitizers cannot be asked: how much memory is used, what takes over a process, and deadlocks, which the threads
# of the sanitizers themselves hide.
# The stress tests run apart: they need the threads of the language's executor, which others block.
LIBRARY := AsyncIOTests|AsyncIOTLSTests|AsyncIOHTTPTests
UNSUITED := TakeoverTests|ProgramEndTests|StandstillTests|StubbornProgramTests|DeadlockTests|LeakTests|LeftoverTests|gibibyte
# What knows no loop, and no threads.
PURE := HTTPCoreTests|HTTP2CoreTests|HTTPCodingsTests
# What is much the same on both back ends: orders of events, and answers cut at every byte.
SCHEDULES := ExplorationTests|BehaviourTests|ScheduleMatrixTests|BrokenServerTests
SKIPPED_ON_EPOLL = $$([ $$backend = io_uring ] || echo '|$(SCHEDULES)')
# A short round of what is explored at random.
BRIEF := ASYNCIO_SEEDS='0..<40' ASYNCIO_STRESS=0.1

sanitize: setup ## On both back ends, the library's tests under ThreadSanitizer and AddressSanitizer
	$(SWIFT) build --build-tests $(SANITIZING) --sanitize=thread --scratch-path .build-tsan
	for backend in $(BACKENDS); do \
	  ASYNCIO_BACKEND=$$backend TSAN_OPTIONS=detect_deadlocks=0 $(BRIEF) \
	  $(SWIFT) test --skip-build $(SANITIZING) --sanitize=thread --scratch-path .build-tsan --filter '$(LIBRARY)' --skip "$(UNSUITED)$(SKIPPED_ON_EPOLL)" || exit 1; done
	TSAN_OPTIONS=detect_deadlocks=0 $(BRIEF) \
	  $(SWIFT) test --skip-build $(SANITIZING) --sanitize=thread --scratch-path .build-tsan --filter StressTests
	$(SWIFT) build --build-tests $(SANITIZING) --sanitize=address --scratch-path .build-asan
	for backend in $(BACKENDS); do \
	  ASYNCIO_BACKEND=$$backend ASAN_OPTIONS=detect_leaks=0 $(BRIEF) \
	  $(SWIFT) test --skip-build $(SANITIZING) --sanitize=address --scratch-path .build-asan --filter '$(LIBRARY)' --skip "$(UNSUITED)$(SKIPPED_ON_EPOLL)" || exit 1; done
	for tests in StressTests '$(PURE)'; do ASAN_OPTIONS=detect_leaks=0 $(BRIEF) \
	  $(SWIFT) test --skip-build $(SANITIZING) --sanitize=address --scratch-path .build-asan --filter "$$tests" || exit 1; done

# Reports name functions without it; for lines, build without this.
SANITIZING := -debug-info-format none

# What reads bytes of strangers, with the sources it is made of: they need nothing of the rest.
FUZZED := Sources/AsyncIOPlatform/Values/InputBuffer.swift Sources/AsyncIOPlatform/Values/Require.swift \
  Sources/AsyncIO/Network/DelimiterSearch.swift \
  Sources/AsyncIO/System/ProcessPool/RemoteFrame.swift
SECONDS_OF_FUZZING ?= 20

# The types of HTTP are a package of their own, which is built without a sanitizer.
HTTP_TYPES := .build/checkouts/swift-http-types/Sources/HTTPTypes

CLANG ?= $(shell dirname "$$(command -v $(SWIFT))")/clang
FUZZ_LIBRARY = $(SWIFT)c -O -swift-version 6 -parse-as-library -package-name asyncio -sanitize=fuzzer,address -emit-library -static -emit-module \
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny \
  -I .build-fuzz -I .build-fuzz/CHTTP2 -I .build-fuzz/CCodings -module-name

fuzz: setup ## The readers of lines, frames, HTTP of both versions and codings against random input, under AddressSanitizer
	mkdir -p .build-fuzz/corpus .build-fuzz/http-corpus .build-fuzz/libraries-corpus
	$(SWIFT)c -O -swift-version 6 -parse-as-library -package-name asyncio -sanitize=fuzzer,address -module-name Fuzz \
	  -o .build-fuzz/fuzz $(FUZZED) Tests/Fuzz/Streams/*.swift
	.build-fuzz/fuzz -max_total_time=$(SECONDS_OF_FUZZING) -max_len=512 -print_final_stats=1 .build-fuzz/corpus
	[ -d $(HTTP_TYPES) ] || $(SWIFT) package resolve
	$(SWIFT)c -O -parse-as-library -emit-library -static -emit-module -module-name HTTPTypes \
	  $(foreach v,1.0 1.1 1.2 1.3 1.6 1.7,-enable-experimental-feature "AvailabilityMacro=HTTPTypes $(v): macOS 10.0") \
	  -emit-module-path .build-fuzz/HTTPTypes.swiftmodule -o .build-fuzz/libHTTPTypes.a $(HTTP_TYPES)/*.swift
	$(SWIFT)c -O -swift-version 6 -parse-as-library -package-name asyncio -sanitize=fuzzer,address -module-name HTTPCore \
	  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny \
	  -I .build-fuzz -L .build-fuzz -lHTTPTypes -o .build-fuzz/fuzz-http \
	  $(shell find Sources/HTTPCore -name '*.swift') Tests/HTTPCoreTests/Wire.swift Tests/Fuzz/HTTP/*.swift
	.build-fuzz/fuzz-http -max_total_time=$(SECONDS_OF_FUZZING) -max_len=512 -dict=Tests/Fuzz/HTTP/http.dict -print_final_stats=1 \
	  .build-fuzz/http-corpus
	for library in CHTTP2 CCodings; do mkdir -p .build-fuzz/$$library && echo "module $$library { umbrella \"$(CURDIR)/Sources/$$library/include\" export * }" \
	  > .build-fuzz/$$library/module.modulemap && for source in Sources/$$library/*.c; do $(CLANG) -O1 -g -fsanitize=address,fuzzer-no-link \
	  -ISources/$$library/include -c $$source -o .build-fuzz/$$library-$$(basename $$source .c).o || exit 1; done; done
	$(FUZZ_LIBRARY) HTTPCore -emit-module-path .build-fuzz/HTTPCore.swiftmodule -o .build-fuzz/libHTTPCore.a $(shell find Sources/HTTPCore -name '*.swift')
	$(FUZZ_LIBRARY) HTTP2Core -emit-module-path .build-fuzz/HTTP2Core.swiftmodule -o .build-fuzz/libHTTP2Core.a Sources/HTTP2Core/*.swift
	$(FUZZ_LIBRARY) HTTPCodings -emit-module-path .build-fuzz/HTTPCodings.swiftmodule -o .build-fuzz/libHTTPCodings.a Sources/HTTPCodings/*.swift
	$(SWIFT)c -O -swift-version 6 -parse-as-library -package-name asyncio -sanitize=fuzzer,address -module-name LibrariesFuzz \
	  -I .build-fuzz -I .build-fuzz/CHTTP2 -I .build-fuzz/CCodings -L .build-fuzz -o .build-fuzz/fuzz-libraries Tests/Fuzz/Libraries/*.swift \
	  .build-fuzz/CHTTP2-*.o .build-fuzz/CCodings-*.o -lHTTP2Core -lHTTPCodings -lHTTPCore -lHTTPTypes -lnghttp2 -lz -lbrotlidec -lbrotlienc -lzstd
	.build-fuzz/fuzz-libraries -max_total_time=$(SECONDS_OF_FUZZING) -max_len=1024 -rss_limit_mb=2048 -print_final_stats=1 \
	  .build-fuzz/libraries-corpus

MINUTES ?= 10

soak: setup ## Everything at once for MINUTES=10; the figures go to docs/soak.md
	$(SWIFT) build -c release --product soak --scratch-path .build-release
	.build-release/release/soak --minutes $(MINUTES) --report docs/soak.md

bench: setup ## This package beside its peers: writes Benchmarks/RESULTS.md (about half an hour, and what it takes to build)
	Benchmarks/Peers/run.sh setup
	Benchmarks/Peers/run.sh build
	$(BUILD_BENCH)
	Benchmarks/run

# Linked statically, the runtime takes a third less time for what it does: no indirect calls, no look-ups of thread-local values.
BUILD_BENCH := $(SWIFT) build -c release -debug-info-format none --package-path Benchmarks --scratch-path .build-bench --static-swift-stdlib

check-speed: setup ## Compare the instructions of ten hot paths with those on record
	$(BUILD_BENCH) --product asyncio-bench
	Benchmarks/check

check-detection: setup ## Measure what it costs to look for deadlocks beside threads of Dispatch
	$(BUILD_BENCH)
	Benchmarks/detection

compare-runtime: setup ## Measure what the implementation costs that takes nothing of Swift's runtime for granted
	$(BUILD_BENCH)
	$(SWIFT) build -c release --package-path Benchmarks --scratch-path .build-bench-standard --static-swift-stdlib \
	  -Xswiftc -DASYNCIO_STANDARD_RUNTIME
	Benchmarks/runtime

docs: setup ## The documentation of all products as one site, into .build-docs/site
	SWIFT="$(SWIFT)" Scripts/documentation

lint: ## Check the format of every Swift file
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources

format: ## Format every Swift file
	$(SWIFT) format format --in-place --recursive --parallel Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources

clean: ## Remove everything that was built
	rm -rf .build .build-*
