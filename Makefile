.PHONY: app test

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready-$(shell cat requirements.txt pyproject.toml | cksum | tr ' ' '-')

app: $(STAMP)
	$(BIN)/python -m diffviz.cli app

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile

# One environment serves both: pinned requirements first, then the project itself with its test tools.
$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "diffviz needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	rm -f .venv/.ready-*
	touch $@
