# `make run` starts a server, `make test` tells whether the project is whole. Everything else is for convenience.
#
# Needed: Rust 1.95 or newer, a C compiler (for SQLite); for the web client Node.js 20.19 or newer, without which the server is
# built without it. `make test` needs Node.js, Chromium for the browser tests and Valgrind: where there is none, it asks apt-get for it.
# Packages are fetched by cargo and npm, in the versions of Cargo.lock and package-lock.json.

CARGO ?= cargo
NPM ?= npm
# Flags for `koine serve`: make run ARGS="--log debug"
ARGS ?=
# How long each fuzz target runs, and which (all where none is named).
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

.DEFAULT_GOAL := help
.PHONY: help run web test test-long bench properties check audit format tools format-check lints tests web-checks browser chromium valgrind browser-tests faults fuzz clean

help:
	@echo "make run        build the server and start it on ./data (ARGS=\"--log debug\" hands flags on)"
	@echo "make web        build the web client, which the server has in it from then on"
	@echo "make test       everything that must hold: format, lints, all tests, the browser's too"
	@echo "make test-long  the same, and what takes long: licences and sources of packages, property tests with new cases, kills and power cuts, each fuzz target for FUZZ_SECONDS (60)"
	@echo "make browser    the browser tests alone: the server, its client and headless Chromium"
	@echo "make bench      how fast the server is, beside the least that any could do: all scenes, BENCH=\"--rounds 5\", into docs/performance.md"
	@echo "make check      the quick part of it: format, lints of what is shipped, the walls of the project"
	@echo "make audit      packages of others: known flaws, licences, bans, sources (needs the network for the flaws)"
	@echo "make format     write all files in the format that make test asks for"
	@echo "make clean      throw away what was built (never ./data)"

# The optimised build: from nothing it takes no longer than the other one, two to three minutes on two cores.
run: web
	$(CARGO) run --locked --release --package koine -- serve $(ARGS)

# The web client, where it has changed. The touch has cargo look for it.
WEB_PARTS := $(shell find apps/web -name node_modules -prune -o -name dist -prune -o -name test -prune -o -type f -print 2>/dev/null)
web: apps/web/dist/index.html

ifneq ($(wildcard apps/web/package.json),)
apps/web/dist/index.html: $(WEB_PARTS)
	@if command -v $(NPM) >/dev/null; then \
		cd apps/web && $(NPM) ci --no-audit --no-fund && $(NPM) run build && touch dist/index.html ../koine/build.rs; \
	else \
		echo "make: there is no $(NPM): the server is built without its web client"; \
	fi
else
apps/web/dist/index.html:
endif

# The client first: the server that the browser tests start has it in it.
test: web-checks format-check lints tests browser-tests
	@echo "== all of it holds"

# The load generator and a release build of the server, with everything else on the machine quiet: half an hour and more. BENCH hands flags
# on: BENCH="--rounds 1 --only pairs,fanout", BENCH=--trial to see whether it works.
BENCH ?= --rounds 5
bench:
	$(CARGO) build --locked --release --package koine --package koine-load
	target/release/koine-load bench $(BENCH)

# What takes long joins here.
test-long: test packages properties faults fuzz
	@echo "== all of it holds, also for long"

check: format-check
	@echo "== lints of what is shipped"
	@$(CARGO) clippy --locked --quiet --workspace -- -D warnings
	@echo "== the walls of the project"
	@$(CARGO) test --locked --quiet --package koine-tidy

# Installing cargo-deny costs about four minutes of one core, once. The list of known flaws is fetched from
# github.com/rustsec/advisory-db each time; AUDIT="bans licenses sources" leaves it out where there is no network.
AUDIT ?= advisories bans licenses sources
audit:
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --locked check $(AUDIT)

# What of it needs no list from elsewhere, so that it fails for what has changed here and for nothing else.
.PHONY: packages
packages:
	@echo "== packages of others"
	@$(MAKE) --no-print-directory audit AUDIT="bans licenses sources"

format: tools
	$(CARGO) fmt --all

# What a minimal installation of Rust lacks.
tools:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy

format-check: tools
	@echo "== format"
	@$(CARGO) fmt --all -- --check

lints: format-check
	@echo "== lints"
	@$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

# The property tests with the same cases each time, so that a change is judged by what it changes.
tests: lints valgrind
	@echo "== tests"
	@PROPTEST_RNG_SEED=20261121 $(CARGO) test --locked --workspace --no-fail-fast

# The property tests with other cases each time, and many of them.
properties:
	@echo "== property tests"
	@PROPTEST_CASES=20000 $(CARGO) test --locked --workspace --lib --no-fail-fast

# Kills, power cuts, broken connections and bad peers, more than make test has time for. Each prints the seed that repeats it (docs/faults.md).
faults:
	@echo "== kills, power cuts, broken connections, bad peers"
	@KOINE_CRASH_ROUNDS=50 $(CARGO) test --locked --package koine-e2e --test crash --test reconnect -- --nocapture
	@KOINE_PEERS_SCALE=3 $(CARGO) test --locked --package koine-e2e --test peers -- --nocapture
	@KOINE_POWER_DEEDS=120 KOINE_POWER_SECONDS=600 KOINE_POWER_SHARE=100 $(CARGO) test --locked --package koine-power -- --nocapture

# All targets, or some: make fuzz FUZZ_TARGETS="markup sessions"
fuzz:
	@echo "== fuzz targets"
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" CARGO="$(CARGO)" fuzz/run $(FUZZ_TARGETS)
# Types, lints and unit tests of the web client, and the client itself.
web-checks:
	@echo "== web client"
	@command -v $(NPM) >/dev/null || { echo "make: the web client and its tests need Node.js 20.19 or newer; there is no $(NPM) here" >&2; exit 1; }
	cd apps/web && $(NPM) ci --no-audit --no-fund && $(NPM) run check && $(NPM) test && $(NPM) run build && touch dist/index.html ../koine/build.rs

browser: web chromium
	@$(MAKE) --no-print-directory scenes

browser-tests: tests chromium
	@$(MAKE) --no-print-directory scenes

# Two people in two browsers, one in a browser with one on each of the other dialects, and what else can be seen.
.PHONY: scenes
scenes:
	@echo "== browser tests"
	$(CARGO) build --locked --package koine
	cd tests/browser && $(NPM) ci --no-audit --no-fund
	@begun=$$(date +%s); cd tests/browser && CHROMIUM=$(CHROMIUM) $(NPM) test && echo "== the browser tests took $$(($$(date +%s) - begun)) s"

# Installs a package of Debian's, where there is apt-get.
define apt
	if ! command -v apt-get >/dev/null; then false; \
	elif [ "$$(id -u)" = 0 ]; then apt-get update && apt-get install -y --no-install-recommends $(1); \
	else sudo -n apt-get update && sudo -n apt-get install -y --no-install-recommends $(1); fi
endef

CHROMIUM ?= /usr/bin/chromium
chromium:
	@test -x $(CHROMIUM) || { \
		echo "== Chromium, for the browser tests"; \
		$(call apt,chromium); \
	} && test -x $(CHROMIUM) || { echo "make: the browser tests need Chromium at $(CHROMIUM): install it, or name another one by CHROMIUM=/path/to/chromium" >&2; exit 1; }

# It counts the instructions of a message (tests/e2e/tests/counts).
valgrind:
	@command -v vgdb >/dev/null || { \
		echo "== Valgrind, for the tests that count instructions"; \
		$(call apt,valgrind); \
	} && command -v vgdb >/dev/null || { echo "make: the tests need Valgrind: install it" >&2; exit 1; }

clean:
	$(CARGO) clean
	rm -rf fuzz/target
