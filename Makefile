.PHONY: app test

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet
sum = $(shell cat $(1) | cksum | tr ' ' '-')
LAB := .venv/.lab-$(call sum,requirements.txt pyproject.toml)
TOOLS := .venv/.tools-$(call sum,tests/requirements.txt)

app: $(LAB)
	$(BIN)/python -m diffviz.cli app

test: $(LAB) $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/promises
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/promises # what the words of the pages promise

# One environment serves both. The lab: the project as it stands here, on pinned dependencies.
$(LAB): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "diffviz needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --requirement requirements.txt --editable .
	rm -f .venv/.lab-*
	touch $@

# The tools of the tests come after it, and only for `make test`.
$(TOOLS): tests/requirements.txt | $(LAB)
	$(PIP) --requirement tests/requirements.txt
	rm -f .venv/.tools-*
	touch $@
