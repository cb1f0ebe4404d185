# Porthole. `make` alone lists the targets; README.md shows the two that a newcomer needs.
# Every target says what it runs. Nothing here needs to be run as root: what installs packages
# uses sudo where the user is not root.

SHELL := /bin/bash
.DEFAULT_GOAL := help

SWIFT_FLAGS := --explicit-target-dependency-import-check error
# Seconds for each fuzz target: in `make check`, and in `make fuzz`.
FUZZ_SECONDS ?= 30
FUZZ_LONG ?= 600

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## build, boot a sample kernel in QEMU and look into it (DEMO=NAME chooses the sample)
	@.ci/setup run
	./porthole demo $(DEMO)

.PHONY: test
test: check ## everything that must be true before a change lands (same as check)

.PHONY: check
check: ## format, tidy, unit, golden, image, boot and journey tests, short fuzzing: what CI runs
	@.ci/setup test
	$(MAKE) --no-print-directory lint
	swift build $(SWIFT_FLAGS) --build-tests
	./porthole --version
	.ci/suites
	Tests/Fuzz/run.sh $(FUZZ_SECONDS)

.PHONY: lint
lint: ## check the format of every Swift file
	swift format lint --strict --parallel --recursive Package.swift Protocols Kernel Sources Screens Samples Tests

.PHONY: format
format: ## put every Swift file into the project's format
	swift format --in-place --parallel --recursive Package.swift Protocols Kernel Sources Screens Samples Tests

.PHONY: unit
unit: ## only the quick tests, which need neither QEMU nor a terminal
	swift test $(SWIFT_FLAGS) --skip 'BootTests|JourneyTests|ImageTests'

.PHONY: record
record: ## write the golden files anew; look at the difference before committing it
	RECORD=1 swift test $(SWIFT_FLAGS) --filter 'ViewsTests|CommandsTests' || true
	git status --short -- Tests

.PHONY: fuzz
fuzz: ## fuzz every parser of outside input, FUZZ_LONG seconds each (default 600)
	@.ci/setup test
	Tests/Fuzz/run.sh $(FUZZ_LONG)

.PHONY: conformance
conformance: ## every debugger on every stub, the agent ill-treated, the network against Linux
	@.ci/setup conformance
	swift build $(SWIFT_FLAGS) -c release --product porthole
	swift build $(SWIFT_FLAGS) -c release --product porthole-guardian
	Tests/Conformance/run.py
	Tests/Peers/run.py --whole "$$(sh Kernel/Boot/build.sh x86_64 Echo release)"

.PHONY: bench
bench: ## measure the figures of the budgets beside their peers
	@.ci/setup test
	Tests/Bench/bench.py

.PHONY: size
size: ## where the bytes of the sample images go
	@.ci/setup run
	Tests/Bench/size.py

.PHONY: clean
clean: ## remove everything that was built
	rm -rf .build .build-*
