# The one door to this repository. `make` alone lists the targets.

# Scripts run on the Node that setup installs, whatever Node the machine has. Debian keeps servers in /usr/sbin.
BIN := $(CURDIR)/node_modules/.bin
MACHINE_PATH := $(subst $(BIN):,,$(PATH)):/usr/sbin
export PATH := $(BIN):$(MACHINE_PATH)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

INSTALLED := node_modules/.installed
CONSOLE := dist/console/index.html
CHECKS := check-format check-types check-types-crdt check-types-core check-types-client check-types-console check-unused check-imports check-speed

# What `make run` takes: TRANSPORT=mesh|nats  PORT_BASE=8080  LIMITS=file.yaml  NATS_URL=nats://host:4222
TRANSPORT ?= mesh
PORT_BASE ?= 8080
LIMITS ?=
NATS_URL ?=
OWN_NATS_SERVER := $(if $(filter nats,$(TRANSPORT)),$(if $(NATS_URL),,yes))

# What `make simulate` and `make soak` take
SEED ?=
PLAN ?=
SEEDS ?= 1000
FROM ?= 1

# What `make bench` takes
ROW ?=
ROUNDS ?= 5
SECONDS ?= 2

# What `make fuzz` takes, besides a seed
INPUTS ?= 1000000
ONLY ?=

# What `make chaos` and `make soak-live` take, besides a seed
MINUTES ?= 3

.PHONY: help setup build setup-servers setup-nats setup-bench check $(CHECKS) test simulate soak compare fuzz chaos soak-live bench run pages audit clean

help: ## list these targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) $(CONSOLE) ## install what Headgate needs from npm, Node 24 included, and build the console

$(INSTALLED): package-lock.json .npmrc
	@PATH="$(MACHINE_PATH)" scripts/setup.sh
	@touch $@

build: $(CONSOLE) ## build the console, which every coordinator serves at /console

$(CONSOLE): $(INSTALLED) vite.config.ts $(shell find src/console -type f)
	@vite build --logLevel warn

setup-servers: ## install the programs that tests talk to (Debian: nats-server, redis-server, nginx, haproxy, caddy, lua5.4, openssl, prometheus, chromium, systemd)
	@scripts/setup-servers.sh nats-server redis-server nginx haproxy caddy lua5.4 openssl prometheus chromium systemd

setup-nats:
	@scripts/setup-servers.sh nats-server

check: setup ## look for faults without running anything: format, lint, types, unused code, imports
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target $(CHECKS)

check-format:
	@biome ci --colors=off .
check-types:
	@tsc --project .
check-types-crdt:
	@tsc --project crdt
check-types-core:
	@tsc --project src/core
check-types-client:
	@tsc --project src/client --noEmit
check-types-console:
	@tsc --project src/console
check-unused:
	@knip --no-progress
check-imports:
	@node scripts/check-imports.ts

check-speed:
	@node test/bench/guard.ts

test: setup setup-servers ## run every test, those with real processes and real servers included
	@vitest run

simulate: setup ## run one seeded world with every checker watching; SEED=8427 replays it, PLAN=file.json runs a kept one
	@node scripts/simulate.ts $(if $(SEED),--seed "$(SEED)") $(if $(PLAN),--plan "$(PLAN)")

soak: setup ## run many seeded worlds on all cores; SEEDS=10000 FROM=1
	@node scripts/soak.ts --seeds "$(SEEDS)" --from "$(FROM)"

compare: setup ## let other ways to hold a limit live through every scenario; writes simulations/RESULTS.md
	@node scripts/compare.ts

fuzz: setup setup-nats ## throw spoilt inputs at every listener and reader of files; INPUTS=1000000 SEED=7 ONLY=http|grpc|mesh|nats|configuration
	@node test/fuzz/main.ts --inputs "$(INPUTS)" $(if $(SEED),--seed "$(SEED)") $(if $(ONLY),--only "$(ONLY)")

chaos: setup setup-nats ## break everything that can break under load, seeded; MINUTES=3 SEED=7
	@node test/chaos/main.ts --minutes "$(MINUTES)" $(if $(SEED),--seed "$(SEED)")

soak-live: setup setup-nats ## the same for long, with memory, handles and the event loop printed at intervals; MINUTES=20
	@node test/chaos/main.ts --minutes "$(MINUTES)" $(if $(SEED),--seed "$(SEED)") --soak

bench: setup setup-bench ## measure what everything costs, side by side; writes test/bench/RESULTS.md; ROW=post,get ROUNDS=5 SECONDS=2
	@node test/bench/bench.ts $(if $(ROW),--row "$(ROW)") --rounds "$(ROUNDS)" --seconds "$(SECONDS)"

setup-bench:
	@scripts/setup-servers.sh wrk redis-server nghttp2-client

run: setup $(if $(OWN_NATS_SERVER),setup-nats) ## start three regions here; TRANSPORT=nats PORT_BASE=8080 LIMITS=file.yaml NATS_URL=…
	@exec node src/main.ts dev --transport "$(TRANSPORT)" --port-base "$(PORT_BASE)" \
		$(if $(LIMITS),--limits "$(LIMITS)") $(if $(NATS_URL),--nats-url "$(NATS_URL)")

pages: setup ## write what is made from the code: config/METRICS.md, dashboards and rules
	@node scripts/write-pages.ts

audit: ## ask the registry whether packages of the product have known weaknesses; fails at high ones, or without an answer in 2 min
	@timeout 120 npm audit --omit=dev --audit-level=high

clean: ## remove everything that setup and the tests made
	@rm -rf node_modules coverage dist
