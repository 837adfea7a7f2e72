# Needs Python >= 3.11, make and a package registry. `make` lists the targets.

VENV := .venv
PY := $(VENV)/bin/python
BUILT := $(VENV)/.built
MANIFESTS := uv.lock pyproject.toml $(wildcard shared/pyproject.toml services/*/pyproject.toml guide/pyproject.toml devstack/pyproject.toml)

# A shell may say that Python keeps no bytecode. Then each process of pytest would compile all tests anew.
unexport PYTHONDONTWRITEBYTECODE

SOURCES := shared/src $(wildcard services/*/src) guide/src devstack/src checks tests $(sort $(dir $(wildcard bench/*.py)))

# The first Python on PATH that is new enough; name another one with `make PYTHON=…`.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

# More arguments for pytest, such as PYTEST_ARGS="-n0 -k relay".
PYTEST_ARGS ?=
# Three processes pay even on two cores: much of a test's time is waiting for other processes.
PYTEST_PROCESSES ?= 3
SIDE_BY_SIDE = -n $(PYTEST_PROCESSES) --dist loadscope --no-loadscope-reorder --max-worker-restart 0
# Tests that each start a whole system of their own, an environment, or one process after another.
SYSTEMS = tests/e2e/own_systems tests/e2e/demonstrations tests/chaos tests/deployment tests/load tests/soak \
	tests/wheels tests/frameworks tests/devstack/test_new_project.py tests/devstack/test_nothing_outlives.py \
	tests/devstack/test_forking.py tests/e2e/test_doctor.py tests/integration/doctor tests/integration/upgrades \
	tests/integration/tools/test_outages.py tests/unit/process tests/unit/worker/testing/recordings/test_pytest_plugin.py
# What to measure and how, such as BENCH_ARGS="stock --quick"; --help tells.
BENCH_ARGS ?=
# Which dialects, such as DIALECTS_ARGS="--api chat --only usage"; --help tells.
DIALECTS_ARGS ?=
# Which scenarios, such as CHAOS_ARGS=--short; --help tells.
CHAOS_ARGS ?=
# How long, such as SOAK_ARGS="--minutes 10"; --help tells.
SOAK_ARGS ?=
# Which engine and which tests, such as CONTAINERS_ARGS="-- -k workers"; --help tells.
CONTAINERS_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up web browser test systems wheels frameworks coverage check docs format api messages graph dist bench chaos containers helm dialects load soak clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' Makefile

up: $(BUILT) ## run everything on this machine until Ctrl-C (PORT, DATA_DIR, WORKERS, SLOTS, GATEWAYS)
	@$(VENV)/bin/turnstream up

web: web/node_modules/.package-lock.json ## check and build the chat element into the gateway (needs Node)
	@cd web && npm run --silent check && npm test --silent && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

test: $(BUILT) ## run the test suite on servers of its own (PYTEST_ARGS, PYTEST_PROCESSES, TEST_SERVERS)
	@$(PY) -m pytest tests $(SYSTEMS:%=--ignore %) --ignore tests/containers $(SIDE_BY_SIDE) $(PYTEST_ARGS)

systems: $(BUILT) ## run the tests that each start a system of their own, also killed and installed ones (PYTEST_ARGS)
	@$(PY) -m pytest $(SYSTEMS) $(SIDE_BY_SIDE) $(PYTEST_ARGS)

browser: $(BUILT) ## try all of the chat page in a browser that is on this machine (CHROMIUM, PYTEST_ARGS)
	@$(PY) -m pytest tests/browser --whole-browser $(SIDE_BY_SIDE) $(PYTEST_ARGS)

wheels: $(BUILT) ## install what is published into clean environments, and use it there (PYTEST_ARGS)
	@$(PY) -m pytest tests/wheels --every-python $(PYTEST_ARGS)

frameworks: $(BUILT) ## try the examples of other frameworks, whose packages are installed for that (PYTEST_ARGS)
	@$(PY) -m pytest tests/frameworks --every-framework $(PYTEST_ARGS)

coverage: $(BUILT) ## measure what unit and integration tests cover, held against the floor in pyproject.toml
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest tests/unit tests/integration $(SIDE_BY_SIDE) $(PYTEST_ARGS)
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

check: $(BUILT) ## check style, types, import contracts, spelling and sizes
	@if [ -d web/node_modules ]; then cd web && npm run --silent check; else \
		echo 'web: types not checked, which needs Node and `npm ci` in web/'; fi
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy $(SOURCES)
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell
	@$(PY) -m checks.ratchet

format: $(BUILT) ## rewrite the code in the project's style
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .

docs: $(BUILT) ## build the documentation as a site, into build/site; a bad link fails
	@$(PY) -m checks.site

api: $(BUILT) ## write docs/api, the pages made from code, deploy/redis/users.acl and deploy/grafana anew
	@$(PY) -m checks.api_documents
	@$(PY) -m checks.settings_page
	@$(PY) -m checks.http_routes_page
	@$(PY) -m checks.redis_users
	@$(PY) -m checks.dashboards

messages: $(BUILT) ## bring the translation catalogues up to date with the code
	@$(PY) -m checks.messages

graph: $(BUILT) ## draw the guide's agents: docs/agents.dot, and .svg where Graphviz is installed
	@$(PY) -m turnstream_guide.agent_graph

dist: $(BUILT) ## build every wheel into dist/, with a bill of materials and the licences of all parts
	@$(PY) devstack/build_dist.py
	@$(PY) -m checks.bill_of_materials dist

bench: $(BUILT) ## measure what a turn costs, beside the stock server (BENCH_ARGS)
	@$(PY) -m bench $(BENCH_ARGS)

chaos: $(BUILT) ## kill parts of a running system for a while, and count what was lost (CHAOS_ARGS)
	@$(PY) -m tests.chaos $(CHAOS_ARGS)

containers: $(BUILT) ## run images and compose file on a Docker engine, or on one made here as root (CONTAINERS_ARGS)
	@$(PY) -m tests.containers $(CONTAINERS_ARGS)

helm: $(BUILT) ## render the chart of deploy/helm with Helm, and hold it against Kubernetes' schemas (HELM)
	@$$($(PY) -c 'import sys; print(sys._base_executable)') -m pip install --quiet --target build/kubernetes kubernetes-validate==1.37.0
	@PYTHONPATH=build/kubernetes $(PY) -m pytest tests/deployment/test_helm.py -n0 $(PYTEST_ARGS)

dialects: $(BUILT) ## speak every dialect of model servers with a worker that dies (DIALECTS_ARGS)
	@$(PY) -m tests.dialects $(DIALECTS_ARGS)

load: $(BUILT) ## put a running system under load, scenario by scenario (LOAD_ARGS)
	@$(PY) -m tests.load $(LOAD_ARGS)

soak: $(BUILT) ## keep a system under mixed traffic for an hour, and say what grows (SOAK_ARGS)
	@$(PY) -m tests.soak $(SOAK_ARGS)

clean: ## remove the environment and caches, not the data in DATA_DIR
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache htmlcov .coverage* .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BUILT): $(MANIFESTS) devstack/build_environment.py
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 on PATH: install one, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) devstack/build_environment.py
	@touch $@
