# The front door. `make help` lists what it opens.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help test-unit fmt build cluster-up cluster-down images

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

build: ## compile and package everything, no tests
	tools/mvn -q package -DskipTests

test-unit: ## formatter, static analysis and all tests that need no cluster
	tools/mvn verify

fmt: ## format the Java sources
	tools/mvn -q spotless:apply

cluster-up: ## start a two-node Kubernetes on this machine (root; see cluster/README.md)
	cluster/cluster up

cluster-down: ## take it away without a trace
	cluster/cluster down

images: build ## build the images as docker-archives (root; see images/README.md)
	images/build
