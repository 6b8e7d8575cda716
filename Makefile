# `make demo` and `make test` each work alone on a fresh machine: Python 3.11-3.13, a C++ compiler, make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Two more than cores, because many tests wait: for processes, and for what others compile.
PROCESSES := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))

.PHONY: demo test lint clean

demo: $(VENV)/.installed-digits
	$(BIN)/hippokv run cued-recall --set protocol.stimuli=digits --set protocol.n_items=30 --seed 1000

# Hundreds of processes import the modules, also where Python may not keep what it has compiled.
test: $(VENV)/.installed-test
	$(BIN)/python -m compileall -q src/hippokv analysis circuits plasticity protocols
	$(BIN)/python -m pytest -m 'not alone' --numprocesses $(PROCESSES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m alone
	$(MAKE) lint

# Types are checked in an installed copy: an editable install hides the four folders from mypy.
lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/typed .
	cd build && MYPYPATH=typed ../$(BIN)/mypy --config-file ../pyproject.toml

$(VENV)/.installed-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "$(PYTHON) is not Python 3.11 to 3.13: name one, as in make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info results
