# Two commands: `make demo` and `make test`. The work is done in tools/.
SHELL := /bin/bash
PORT ?= 8000
SIZE ?= small
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python

.PHONY: help demo demo-reset test bench format screenshots daily-jobs pins

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/stamp ## the program with demo data on http://127.0.0.1:$(PORT)
	@$(RUN) -m tools.demo --port $(PORT)

demo-reset: .venv/stamp ## start over: throw the demo's data away
	@$(RUN) -m tools.demo --reset

test: .venv/stamp ## everything: format, lint, types, tests, browser
	@$(RUN) -m tools.check

bench: .venv/stamp ## speed against a bare view; SIZE=large for the big data set
	@$(RUN) -m bench.run --size $(SIZE)

format: .venv/stamp ## put code and templates in order
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

screenshots: .venv/stamp ## the pictures in docs/
	@$(RUN) -m tools.screenshots

daily-jobs: .venv/stamp ## count the daily jobs again, into docs/daily-jobs.md
	@DAILY_JOBS=write $(BIN)/pytest -q -p no:randomly tests/browser/test_daily_jobs.py

pins: .venv/stamp ## resolve the dependencies again
	@$(BIN)/python -m tools.pins

.venv/stamp: requirements-dev.txt
	@bash tools/setup.sh $(PYTHON)
