# The front door. `make help` lists the targets.
PRESET ?= release
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
# The test `formatted` only looks.
FMT_MODE ?= -i
# Most tests wait for brokers rather than compute, so one more than two cores have; more brokers at once than that only
# wait for each other.
TEST_JOBS ?= 3
BUILD := build/$(PRESET)
CTEST := ctest --test-dir $(BUILD) -j $(TEST_JOBS) --output-on-failure --no-tests=error
# Outside a first configuration the tests stay as they were: `make build` after `make test` keeps them.
configure = cmake --preset $(PRESET) $(1) >build/configure-$(PRESET).log 2>&1 || { cat build/configure-$(PRESET).log; exit 1; }

.PHONY: help setup quickstart build test check check-long sanitize bench bench-full bench-hot bench-filter fuzz docs install fmt clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## install what building needs and is missing here
	@scripts/setup

quickstart: build ## build, then run the main job on an embedded broker and function
	@$(BUILD)/bin/millrace dev --once

build: setup ## host and plugins: build/release/bin/millrace finds its plugins by itself
	@mkdir -p build
	@$(call configure,$(if $(wildcard $(BUILD)/CMakeCache.txt),,-DMILLRACE_TESTS=OFF))
	@cmake --build --preset $(PRESET) -j $(JOBS)

test: ## install what is missing, build, run every test; real Apache Kafka included
	@scripts/setup --tests
	@mkdir -p build
	@$(call configure,-DMILLRACE_TESTS=ON)
	@cmake --build --preset $(PRESET) -j $(JOBS)
	@$(CTEST) -LE '^long$$'

check: ## what CI runs
	@.ci/run

check-long: ## the tests that take longer than a change should wait for
	@scripts/setup --tests
	@tests/e2e/kafka/fetch 2.8.2 0.10.0.0
	@mkdir -p build
	@$(call configure,-DMILLRACE_TESTS=ON)
	@cmake --build --preset $(PRESET) -j $(JOBS)
	@$(CTEST) -L '^long$$'

sanitize: ## unit and simulation tests of PRESET=asan (or tsan)
	@scripts/setup --tests
	@mkdir -p build
	@$(call configure,-DMILLRACE_TESTS=ON)
	@cmake --build --preset $(PRESET) -j $(JOBS)
	@$(CTEST) -L '^(unit|simulation)$$'

bench: ## speed on real Kafka in about five minutes: beside librdkafka alone and a rival in Go
	@tests/bench/run

bench-full: ## the whole grid, memory, latency and scale; over an hour, see tests/bench/run --help
	@tests/bench/run --set full

bench-hot: ## Google Benchmark of the hot parts, per call and per record, in one table
	@tests/bench/hot

bench-filter: ## the filter engine beside event-ruler and simdjson, on one thread
	@scripts/setup --tests
	@mkdir -p build
	@$(call configure,-DMILLRACE_TESTS=ON)
	@plugins/filter_criteria/bench/run $(BUILD)

fuzz: ## fuzz the filter engine, each of three targets MINUTES long
	@scripts/setup --tests
	@plugins/filter_criteria/fuzz/run $(or $(MINUTES),10)

install: build ## PREFIX=/usr/local, DESTDIR= for packagers
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

docs: build ## write the generated pages anew: docs/reference/pipeline.md and docs/errors.md
	@mkdir -p docs/reference
	@$(BUILD)/bin/millrace docs pipeline >docs/reference/pipeline.md
	@$(BUILD)/bin/millrace docs errors >docs/errors.md

fmt: ## clang-format over our C and C++
	@git ls-files '*.cc' '*.h' '*.hpp' '*.c' | xargs clang-format $(FMT_MODE)

clean: ## remove build/
	@rm -rf build
