# Two commands matter: `make run` and `make test`. Both install what is missing and ask nothing.
# The scripts behind them are in .ci; what they install is listed in .ci/packages-run and .ci/packages-test.

SHELL := /bin/bash
TOOLS := . .ci/tools &&
# One set of flags for every cargo call, or its libraries would be built again; see .ci/test.
ALL := --workspace --locked

.PHONY: help run demo test lint test-rust test-ui test-app test-peers chaos-audio chaos-key chaos-kill chaos-disk chaos-net bombs fuzz soak bench bench-app types package package-test build bench-build bench-compare setup setup-test clean

help:           ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: build      ## install what is missing, build, open the app (without a display: one turn in the terminal)
	@.ci/open

demo: build     ## one turn in the terminal, on a recording made here
	@.ci/demo

test: setup-test ## install what tests need, run everything, end with the totals
	@.ci/test

lint: setup-test ## formatting, clippy, types of the page, what a release is made from
	@.ci/test lint

test-rust: setup-test ## tests of the Rust rooms
	@.ci/test rust

test-ui: setup-test ## tests of the page, alone
	@.ci/test ui

test-app: setup-test ## the real app, with key, microphone, loudspeaker and window
	@.ci/test app

test-peers: setup ## the stand-in vendors, proven with the vendors' own clients
	@.ci/test peers

chaos-audio: setup-test ## faults of microphones, twenty of each (docs/reliability.md)
	@$(TOOLS) cargo build $(ALL) --all-targets && node tests/chaos/audio.mjs --runs 20

chaos-key: setup-test ## 2,000 presses and 1,000 lost releases on the real app (about 40 minutes; docs/reliability.md)
	@$(TOOLS) cd ui && npm run --silent build
	@$(TOOLS) cargo build $(ALL) --bins && rm -rf $${CARGO_TARGET_DIR:-target}/chaos/key && node tests/chaos/key.mjs

chaos-kill: setup-test ## 1,000 kills of the real program and of its store (about 20 minutes; docs/reliability.md)
	@$(TOOLS) cargo build $(ALL) --bins && node tests/chaos/kill.mjs
	@$(TOOLS) WILCO_CHAOS_KILLS=300 cargo test --workspace --locked --test chaos kill -- --nocapture

chaos-disk: setup-test ## every call of the store fails once, in four ways (about 15 minutes; docs/reliability.md)
	@$(TOOLS) WILCO_CHAOS_DISK=1 cargo test --workspace --locked --test chaos disk -- --nocapture

chaos-net: setup-test ## services that fail: a fault a turn, outages, and turns by the thousand in bad weather (about 40 minutes; docs/reliability.md)
	@$(TOOLS) .ci/chaos-net

bombs: setup-test ## answers that never end or swell: their memory and how soon they are cut (docs/reliability.md)
	@$(TOOLS) cargo test --workspace --locked --test bombs -- --ignored --nocapture no_answer

fuzz: setup-test ## every parser against bytes made to break it, FUZZ_SECONDS=30 each (about 8 minutes; docs/reliability.md)
	@.ci/fuzz

soak: setup-test ## 2,000 turns, and what grows meanwhile (about 25 minutes; docs/reliability.md)
	@$(TOOLS) cd ui && npm run --silent build
	@$(TOOLS) cargo build $(ALL) --bins && node tests/chaos/soak.mjs

bench: bench-build ## figures of this machine (docs/performance.md)
	@$(TOOLS) node .ci/bench.mjs

bench-compare: bench-build ## the same, and what got slower than docs/figures.json by more than a tenth
	@$(TOOLS) node .ci/bench.mjs --compare

bench-app: setup-test ## figures of the window: start, press, events, scrolling, idle (about 3 minutes; docs/performance.md)
	@$(TOOLS) cd ui && npm run --silent build
	@$(TOOLS) cargo build $(ALL) --bins && node .ci/app-figures.mjs

bench-build: setup
	@$(TOOLS) cd ui && npm run --silent build
	@$(TOOLS) cargo bench --locked -p audio -p talk --bench frame --bench start --bench text --bench speech
	@$(TOOLS) cargo build --profile bench --locked -p wilco

package: setup  ## the .deb and the .rpm, and how large they are (a release build: about half an hour the first time)
	@.ci/package

package-test: setup-test ## installs the .deb in a clean root, holds the key there and hears the reply (root only)
	@.ci/package-test

types:          ## renew ui/src/types.ts from Rust
	@$(TOOLS) WILCO_WRITE_TYPES=1 cargo test --locked -p voice

# The dev profile: what is heavy (sound, all libraries) is optimised in it as well, see Cargo.toml; a cold build takes
# half the time of a release build, and the next one seconds.
build: setup    ## page, app and terminal
	@$(TOOLS) cd ui && npm run --silent build
	@$(TOOLS) cargo build $(ALL) --bins

setup:          ## install what building and running needs
	@.ci/setup run

setup-test:     ## install what the tests need as well
	@.ci/setup test

clean:          ## remove all that was built or fetched here
	rm -rf target gen permissions .tools ui/node_modules ui/dist ui/test-results
