# The front door. `make help` lists what it opens.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# k3s in a container stays up until `make cluster-down`, as the local cluster does, and its image is all that is ever pulled
export TESTCONTAINERS_REUSE_ENABLE := true
export TESTCONTAINERS_RYUK_DISABLED := true
export TESTCONTAINERS_CHECKS_DISABLE := true
.PHONY: help demo doctor doctor-test test test-unit test-parts test-process test-api test-e2e e2e-site e2e-chart e2e-k3s test-k3s test-gitops test-monitoring gitops-soak fuzz faults link bench bench-only bench-scale soak build previous-release modules puppets images bundle cluster-up cluster-down fmt docs docs-compatibility docs-status-page

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: doctor modules build ## a site on a real cluster: cut the uplink, kill the hub, count every message (root)
	$$(tools/find-jdk)/bin/java -jar e2e/target/selvedge-e2e.jar

doctor: ## says all that this machine lacks for `make demo`, and how to install it
	@cluster/cluster doctor demo

doctor-test: ## the same for `make test`, which begins with it
	@cluster/cluster doctor test

test: doctor-test ## everything, unit to end-to-end on a real cluster (root)
	rm -rf */target/surefire-reports
	$(MAKE) test-unit
	$(MAKE) test-parts
	$(MAKE) test-e2e
	tools/total

test-unit: ## formatter, static analysis and all tests that need no cluster
	tools/mvn -T2 verify

PARTS = tools/mvn verify -pl crds,hub,operator -Dtest.excludedGroups= -Dtest.forks=1 -Dsurefire.failIfNoSpecifiedTests=false
test-parts: puppets ## test-process and test-api side by side (root)
	cluster/cluster down
	cluster/cluster cert-manager build
	cluster/cluster up
	# it counts what is written to the API server, so nobody else may write there
	SELVEDGE_KUBECONFIG=$$(cluster/cluster kubeconfig) $(PARTS) -Dtest=ModuleTwinsClusterTest -Dtest.groups=cluster
	SELVEDGE_KUBECONFIG=$$(cluster/cluster kubeconfig) $(PARTS) -Dtest='!ModuleTwinsClusterTest' -T2 -Dtest.groups='process | cluster'
	cluster/cluster down

test-process: puppets ## the hub as a process: killed under load, its broker away, its system calls watched, real SDKs over every transport; what the operator issues before OpenSSL
	tools/mvn verify -pl crds,hub,operator -Dtest.groups=process -Dtest.excludedGroups=

test-api: ## the operator and the hub on a real API server, under the rights that ship (root)
	cluster/cluster down
	cluster/cluster cert-manager build
	cluster/cluster up
	SELVEDGE_KUBECONFIG=$$(cluster/cluster kubeconfig) $(PARTS) -Dtest.groups=cluster
	cluster/cluster down

test-e2e: modules build previous-release ## the whole, with real modules and a real broker: on two fresh clusters, with Prometheus and Argo CD, and beside them on k3s in a container (root)
	cluster/cluster down
	$(SECOND) cluster/cluster down
	cluster/cluster build
	# a build beside the clusters would leave too little of the processors to what is tested
	cluster/cluster argocd build
	helm/fetch >/dev/null
	$(MAKE) $(if $(SELVEDGE_KUBECONFIG),,-j3) e2e-site e2e-chart e2e-k3s

# `build` has compiled everything, and of several that run at once none may compile again what another one is using
E2E = tools/mvn test -pl crds,e2e -Dmaven.compiler.useIncrementalCompilation=false -Dtest.forks=1 -Dtest.excludedGroups= -Dsurefire.failIfNoSpecifiedTests=false
SECOND = SELVEDGE_CLUSTER_NUMBER=2
# what happens at a site, and what happens to what is installed: each on a cluster of its own, as they wait more than they work
e2e-site:
	SELVEDGE_CLUSTER=local $(E2E) -Dtest.groups='cluster & !chart'
e2e-chart:
	SELVEDGE_CLUSTER=local $(SECOND) $(E2E) -Dtest.groups='cluster & chart' -DtempDir=surefire-chart
e2e-k3s:
	cluster/k3s run $(E2E) -Dtest.groups=cluster -Dtest=WayTest -Dsurefire.reportNameSuffix=k3s -DtempDir=surefire-k3s

test-k3s: modules build ## a site on k3s in a container of a Docker engine, alone; where none runs, of one that is started for it (root)
	$(MAKE) e2e-k3s

SOAK = PT1M
test-gitops: modules build ## sync the GitOps example with a real Argo CD, alone; nothing may move for SOAK=PT1M (root)
	$(E2E) -Dtest.groups=cluster -Dtest=GitOpsTest -Dselvedge.gitops.soak=$(SOAK)

test-monitoring: modules build ## scrape a site with a real Prometheus, alone (root)
	$(E2E) -Dtest.groups=cluster -Dtest=MonitoringTest

gitops-soak: ## twice ten minutes under Argo CD without a single change (root)
	$(MAKE) test-gitops SOAK=PT10M
	$(MAKE) test-gitops SOAK=PT10M

fuzz: ## a million changed inputs for every decoder
	tools/mvn -q test -pl crds,hub -Dtest='*FuzzTest' -Dselvedge.fuzz.tries=1000000 -Dsurefire.failIfNoSpecifiedTests=false

faults: ## hundreds of kills, power cuts and damaged files (an hour; ROUNDS=300)
	tools/mvn test -pl crds,hub -Dtest='KillTest,CrashTest,DiskFaultTest,DamageTest,TornWriteTest,DiskFailureTest' -Dtest.groups= -Dtest.excludedGroups=cluster \
		-Dselvedge.faults.rounds=$(or $(ROUNDS),300) -Dsurefire.failIfNoSpecifiedTests=false

CUTS = 1000
SCALE = 1
link: ## cut the uplink CUTS=1000 times, measure the limit of its bandwidth, and play the links of IoT Edge's test plan at full length, SCALE=1 (two hours; root)
	tools/mvn test -pl crds,hub -Dtest='CutTest,LimitTest,LinkProfilesTest' -Dtest.groups=process -Dtest.excludedGroups= -Dsurefire.failIfNoSpecifiedTests=false \
		-Dselvedge.link.strict=true -Dselvedge.link.cuts=$(CUTS) -Dselvedge.link.scale=$(SCALE)

BENCH = rm -rf bench/target/run && mkdir -p bench/target/run && $$(tools/find-jdk)/bin/java -jar bench/target/selvedge-bench.jar
BENCH_HUB = --hub hub/target/selvedge-hub.jar --java-args images/hub/java.args --folder bench/target/run
ROUNDS = 3
SECONDS = 2
MINUTES = 60

bench: build ## measure the hub beside its peers and write docs/performance.md; ROUNDS=7 SECONDS=5 for longer rounds (root)
	$(BENCH) run $(BENCH_HUB) --rounds $(ROUNDS) --seconds $(SECONDS) --page docs/performance.md

bench-only: build ## measure a part, ONLY=throughput,slow-sync for example, and print it
	$(BENCH) run $(BENCH_HUB) --rounds $(ROUNDS) --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY))

NODES = 250,500,1000
JAVA_OPTIONS = -Xmx140m
bench-scale: build ## one site on NODES=250,500,1000 fake nodes × 5 modules, and write docs/performance-scale.md (kwok is built the first time; half an hour; root)
	$(BENCH) scale --operator operator/target/selvedge-operator.jar --java-args images/operator/java.args $(addprefix --java-option=,$(JAVA_OPTIONS)) \
		--folder bench/target/run --nodes $(NODES) --page docs/performance-scale.md

soak: build ## an hour (MINUTES=60) of random faults at the pod's memory limit; fails when a message or a byte of memory is not accounted for
	$(BENCH) soak $(BENCH_HUB) --minutes $(MINUTES)

build: ## compile and package everything, no tests
	@echo "building hub, operator and the rest; the first time Maven fetches what they need, some minutes"
	tools/mvn -q package -DskipTests

previous-release: ## build the release before this one, which upgrades are tested from, out of the history, once (root)
	if e2e/previous/build --known; then e2e/previous/build; fi

# the packages of a package-lock.json, once
NPM_CI = { [ node_modules/.package-lock.json -nt package-lock.json ] || \
	{ command -v npm >/dev/null || { echo "npm is missing, which fetches what the modules in JavaScript are built on: apt-get install npm" >&2; exit 1; }; \
	npm ci --omit=dev --no-audit --no-fund; }; }

# the packages of a requirements.txt, once, in a folder of their own: the Python of a Debian takes none into itself
PIP_INSTALL = { cmp -s requirements.txt target/packages/requirements.txt || \
	{ python3 -m pip --version >/dev/null || { echo "python3 or its pip is missing, which fetches what the module in Python is built on: apt-get install python3-pip" >&2; exit 1; }; \
	rm -rf target/packages && python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --require-hashes \
		--target target/packages -r requirements.txt && cp requirements.txt target/packages; }; }

modules: ## build the sample modules
	@echo "building the sample modules; the first time Maven and npm fetch what they need, some minutes"
	tools/mvn -q -f examples/modules/weather-sensor/pom.xml package
	tools/mvn -q -f examples/modules/alarm/pom.xml package
	cd examples/modules/filter && $(NPM_CI)

puppets: ## build the modules that the compatibility tests tell what to do
	tools/mvn -q -f compat/java/pom.xml package
	cd compat/node && $(NPM_CI)
	cd compat/python && $(PIP_INSTALL)

images: modules build ## build the images as docker-archives (root; see images/README.md)
	images/build

bundle: build ## one file per architecture for a k3s box without a network: images, chart, CRDs, install.sh (root; see docs/how-to/air-gap.md)
	bundle/build

cluster-up: ## start a two-node Kubernetes on this machine (root; see cluster/README.md)
	cluster/cluster up

cluster-down: ## take it away without a trace
	cluster/cluster down
	$(SECOND) cluster/cluster down
	cluster/k3s down

fmt: ## format the Java sources
	tools/mvn -q spotless:apply

docs: ## write what is generated from the types
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds -Dtest=CrdFilesTest
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds -Dtest=ApiReferenceTest
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds -Dtest=ArgoHealthTest
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds,hub -Dtest=MetricsReferenceTest,CommandReferenceTest -Dsurefire.failIfNoSpecifiedTests=false
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds,operator -Dtest=SiteMetricsTest,LibraryMetricsTest,PermissionsReferenceTest -Dtest.forks=1 -Dsurefire.failIfNoSpecifiedTests=false

docs-compatibility: puppets ## write what the SDKs are seen to do (a few minutes)
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds,hub -Dtest=CompatibilityTest -Dtest.groups=process -Dtest.excludedGroups= -Dsurefire.failIfNoSpecifiedTests=false

docs-status-page: ## picture the status page of a hub (chromium)
	SELVEDGE_UPDATE=true tools/mvn -q test -pl crds,hub -Dtest='StatusPageTest#thePictureForTheDocsIsSmall' -Dtest.groups=process -Dtest.excludedGroups= -Dsurefire.failIfNoSpecifiedTests=false
