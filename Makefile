# Every target only calls a script or a command line of the product; read those for the details.
PYTHON = .venv/bin/python

.DEFAULT_GOAL = help
.PHONY: help setup demo serve compute test check format words lock bench screenshot clean

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## what is missing on this machine, the environment, the front-end packages
	@exec scripts/setup.sh

demo: ## from nothing to the map on http://127.0.0.1:8501: set-up, demo data, server
	@exec scripts/serve.sh demo

serve: ## serve what is in the database
	@exec scripts/serve.sh

compute: ## compute the figures again
	@scripts/setup.sh
	@exec $(PYTHON) -m geo compute

test: ## all tests, from nothing; ARGS="-k tiles" for some
	@scripts/setup.sh test
	@exec $(PYTHON) -m pytest $(ARGS)

check: ## format, lint, types, import contracts, translations
	@scripts/setup.sh test
	@exec scripts/check.sh

format: ## put the code in its form and mend what can be mended by itself
	@scripts/setup.sh test
	$(PYTHON) -m ruff check --fix --quiet . ; $(PYTHON) -m ruff format .

words: ## collect message ids for the translators
	@scripts/setup.sh test
	@exec $(PYTHON) scripts/words.py collect

lock: ## pin what is installed and tried
	@exec $(PYTHON) scripts/lock.py

bench: ## the measured claims; see benchmarks/README.md
	@scripts/setup.sh test
	@exec $(PYTHON) -m benchmarks $(ARGS)

screenshot: ## take the README's picture again
	@scripts/setup.sh test
	@exec $(PYTHON) scripts/screenshot.py $(ARGS)

clean: ## remove what tools left behind; the data and the environment stay
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find geo etl dashboard tests scripts benchmarks -name __pycache__ -prune -exec rm -rf {} +
