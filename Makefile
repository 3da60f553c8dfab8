# The front door. `make help` lists what it opens.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help test-unit fmt build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

build: ## compile and package everything, no tests
	tools/mvn -q package -DskipTests

test-unit: ## formatter, static analysis and all tests that need no cluster
	tools/mvn verify

fmt: ## format the Java sources
	tools/mvn -q spotless:apply
